// The first sheet of an xlsx workbook as rows of strings: a zip's central directory, shared strings and cells, nothing more.

import { inflateRawSync } from 'node:zlib';

import { walkXml } from './xml.mjs';

const END_OF_CENTRAL_DIRECTORY = 0x06054b50;
const CENTRAL_ENTRY = 0x02014b50;

/**
 * @param {Buffer} zip
 * @returns {Map<string, () => Buffer>} each entry's name and how to read it
 * @throws Error when it is no zip, or an entry is neither stored nor deflated
 */
export function readZip(zip) {
  let end = zip.length - 22;
  while (end >= 0 && zip.readUInt32LE(end) !== END_OF_CENTRAL_DIRECTORY) end -= 1;
  if (end < 0) throw new Error('not a zip archive');
  const entries = new Map();
  let at = zip.readUInt32LE(end + 16);
  for (let left = zip.readUInt16LE(end + 10); left > 0; left -= 1) {
    if (zip.readUInt32LE(at) !== CENTRAL_ENTRY) throw new Error('damaged zip directory');
    const method = zip.readUInt16LE(at + 10);
    const size = zip.readUInt32LE(at + 20);
    const nameLength = zip.readUInt16LE(at + 28);
    const header = zip.readUInt32LE(at + 42);
    const name = zip.toString('utf8', at + 46, at + 46 + nameLength);
    entries.set(name, () => {
      const start = header + 30 + zip.readUInt16LE(header + 26) + zip.readUInt16LE(header + 28);
      const bytes = zip.subarray(start, start + size);
      if (method === 0) return bytes;
      if (method === 8) return inflateRawSync(bytes);
      throw new Error(`zip entry ${name} is packed by method ${method}`);
    });
    at += 46 + nameLength + zip.readUInt16LE(at + 30) + zip.readUInt16LE(at + 32);
  }
  return entries;
}

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
 * @param {Buffer} bytes  an xlsx file whose cells are shared strings or plain values
 * @returns {string[][]} the rows of its first sheet; an empty cell is `undefined`
 */
export function readFirstSheet(bytes) {
  const entries = readZip(bytes);
  const part = (name) => {
    const read = entries.get(name);
    if (read === undefined) throw new Error(`workbook without ${name}`);
    return read().toString('utf8');
  };
  const strings = sharedStrings(part('xl/sharedStrings.xml'));
  const rows = [];
  let column = 0;
  let isShared = false;
  let inValue = false;
  walkXml(part('xl/worksheets/sheet1.xml'), {
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
