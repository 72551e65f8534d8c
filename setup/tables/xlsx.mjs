// The first sheet of an xlsx workbook as rows of strings: shared strings and cells, nothing more.

import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';

import { unzip } from '../unzip.mjs';
import { walkXml } from './xml.mjs';

function sharedStrings(xml) {
  const strings = [];
  let inText = false;
  walkXml(xml, {
    open(name) {
      if (name === 'si') strings.push('');
      inText = name === 't';
    },
    close() {
      inText = false;
    },
    text(text) {
      if (inText) strings[strings.length - 1] += text;
    },
  });
  return strings;
}

const columnOf = (reference) => {
  let column = 0;
  for (const letter of reference.replace(/\d+$/, '')) column = column * 26 + letter.charCodeAt(0) - 64;
  return column - 1;
};

/**
 * @param {string} file  an xlsx file whose cells are shared strings or plain values
 * @returns {Promise<string[][]>} the rows of its first sheet; an empty cell is `undefined`
 */
export async function readFirstSheet(file) {
  const folder = await mkdtemp(path.join(tmpdir(), 'zebra-xlsx-'));
  try {
    await unzip(file, folder);
    const part = (name) => readFile(path.join(folder, 'xl', name), 'utf8');
    return readRows(await part('worksheets/sheet1.xml'), sharedStrings(await part('sharedStrings.xml')));
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

function readRows(sheetXml, strings) {
  const rows = [];
  let column = 0;
  let isShared = false;
  let inValue = false;
  walkXml(sheetXml, {
    open(name, attributes) {
      if (name === 'row') rows.push([]);
      else if (name === 'c') {
        column = columnOf(attributes.r);
        isShared = attributes.t === 's';
      }
      inValue = name === 'v';
    },
    close() {
      inValue = false;
    },
    text(text) {
      if (inValue) rows.at(-1)[column] = isShared ? strings[Number(text)] : text;
    },
  });
  return rows;
}
