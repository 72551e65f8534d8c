// ICD-10-CM from CDC's tabular XML: every chapter, block and code in document order, with its notes, and the 7th characters
// that may extend a code.

import { walkXml } from './xml.mjs';

const NOTES = {
  inclusionTerm: 'inclusionTerms',
  includes: 'includes',
  excludes1: 'excludes1',
  excludes2: 'excludes2',
  codeFirst: 'codeFirst',
  useAdditionalCode: 'useAdditional',
  codeAlso: 'codeAlso',
};
const NODE_TAGS = new Set(['chapter', 'section', 'diag']);

const tidy = (text) => text.replace(/\s+/g, ' ').trim();

/** The tabular list's elements that make up the hierarchy, in document order (parents before children). */
function readNodes(xml) {
  const nodes = [];
  const open = [];
  const path = [];
  let text = '';
  walkXml(xml, {
    open(name, attributes) {
      path.push(name);
      text = '';
      if (NODE_TAGS.has(name)) {
        const node = {
          tag: name,
          id: attributes.id ?? null,
          title: '',
          parent: open.at(-1) ?? null,
          notes: {},
          extensions: null,
        };
        nodes.push(node);
        open.push(node);
      }
      if (name === 'sevenChrDef') open.at(-1).extensions = [];
      if (name === 'extension') open.at(-1).extensions.push({ character: attributes.char, text: '', terms: [] });
    },
    close(name) {
      path.pop();
      const value = tidy(text);
      text = '';
      const node = open.at(-1);
      if (NODE_TAGS.has(name)) open.pop();
      else if (node === undefined || value === '') return;
      else if (name === 'name' && NODE_TAGS.has(path.at(-1))) node.id = value;
      else if (name === 'desc') node.title = value;
      else if (name === 'extension') node.extensions.at(-1).text = value;
      else if (name === 'note' && path.at(-1) === 'sevenChrDef') node.extensions.at(-1).terms.push(value);
      else if (name === 'note' && path.at(-1) in NOTES) (node.notes[NOTES[path.at(-1)]] ??= []).push(value);
    },
    text(part) {
      text += part;
    },
  });
  return nodes;
}

const KINDS = { chapter: 'chapter', section: 'block', diag: 'code' };

/** Chapter `1` is CH01; blocks are prefixed, because a block of one category (B20, C50) shares its id with the category. */
function codeOf(node) {
  if (node.tag === 'chapter') return `CH${node.id.padStart(2, '0')}`;
  return node.tag === 'section' ? `BLK:${node.id}` : node.id;
}

/** A code filled up with placeholders X to six characters, without its dot: the stem that a 7th character extends. */
const stemOf = (code) => code.replace('.', '').padEnd(6, 'X');

/**
 * @param {string} tabularXml
 * @param {string} codeList  the release's valid codes without dots, one a line; it says which 7th characters a code takes
 * @returns the rows of the table: see `columns` in build-tables.mjs
 */
export function readIcd10cm(tabularXml, codeList) {
  const valid = new Set(codeList.split(/\s+/));
  const nodes = readNodes(tabularXml);
  const index = new Map(nodes.map((node, i) => [node, i]));
  const hasChildren = new Set(nodes.map((node) => node.parent));
  const extensionsFor = (node) => {
    for (let holder = node; holder !== null; holder = holder.parent)
      if (holder.extensions !== null) return holder.extensions;
    return [];
  };
  return nodes.map((node) => {
    const code = codeOf(node);
    const extends7 = node.tag === 'diag' && !hasChildren.has(node) && code.length < 8;
    return {
      code,
      kind: KINDS[node.tag],
      title: node.title,
      parent: node.parent === null ? -1 : index.get(node.parent),
      notes: node.notes,
      extensions: extends7 ? extensionsFor(node).filter(({ character }) => valid.has(stemOf(code) + character)) : [],
    };
  });
}
