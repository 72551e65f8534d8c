// A strict reader of the small XML dialect that CDC's tabular list and xlsx parts are written in:
// elements, attributes, text and the five predefined or numeric entities; no DTD, no CDATA, no namespaces resolved.

const ENTITIES = { lt: '<', gt: '>', amp: '&', quot: '"', apos: "'" };

/** Replaces the predefined and numeric entities of XML; an unknown one is an error. */
function decodeEntities(text) {
  if (!text.includes('&')) return text;
  return text.replace(/&(#x?[0-9a-fA-F]+|\w+);?/g, (_, name) => {
    if (name[0] === '#') return String.fromCodePoint(Number(name[1] === 'x' ? `0${name.slice(1)}` : name.slice(1)));
    const value = ENTITIES[name];
    if (value === undefined) throw new Error(`unknown XML entity &${name};`);
    return value;
  });
}

function parseAttributes(source) {
  const attributes = {};
  for (const [, name, double, single] of source.matchAll(/([\w:.-]+)\s*=\s*(?:"([^"]*)"|'([^']*)')/g)) {
    attributes[name] = decodeEntities(double ?? single);
  }
  return attributes;
}

/**
 * Walks an XML text in document order.
 *
 * @param {string} xml
 * @param {{ open(name: string, attributes: Record<string, string>): void, close(name: string): void, text(text: string): void }} handler
 *   `text` receives the decoded text between two tags, white space included
 * @throws Error when tags do not nest or the text ends inside an element
 */
export function walkXml(xml, handler) {
  const stack = [];
  const tag = /<(?:\?[\s\S]*?\?|!--[\s\S]*?--|(\/?)([\w:.-]+)((?:\s+[\w:.-]+\s*=\s*(?:"[^"]*"|'[^']*'))*)\s*(\/?))>/g;
  let at = 0;
  for (let match = tag.exec(xml); match !== null; match = tag.exec(xml)) {
    const between = xml.slice(at, match.index);
    if (between.includes('<')) throw new Error(`XML that this reader does not know, before offset ${match.index}`);
    if (between !== '' && stack.length > 0) handler.text(decodeEntities(between));
    at = tag.lastIndex;
    const [, slash, name, attributes, empty] = match;
    if (name === undefined) continue;
    if (slash === '/') {
      if (stack.pop() !== name) throw new Error(`XML element </${name}> closes nothing, at offset ${match.index}`);
      handler.close(name);
      continue;
    }
    handler.open(name, parseAttributes(attributes));
    if (empty === '/') handler.close(name);
    else stack.push(name);
  }
  if (stack.length > 0) throw new Error(`XML ends inside <${stack.at(-1)}>`);
}
