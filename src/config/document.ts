import { isAlias, isMap, isNode, isScalar, isSeq, LineCounter, type Node, parseDocument } from 'yaml';
import { ConfigError } from './error.ts';

/** A parsed YAML file that can say where each of its keys stands. */
export interface SettingsDocument {
  /** The file as plain values; `{}` when it is empty. */
  readonly values: Record<string, unknown>;
  /** `file:line:column` of the value at a path (of its key with `of: 'key'`); of the nearest parent that stands in the file; else of the file. */
  whereIs(path: readonly PropertyKey[], of?: 'key' | 'value'): string;
  /** True when the file itself has a value at the path. */
  has(path: readonly PropertyKey[]): boolean;
}

/**
 * @param file the name to show in messages
 * @throws ConfigError with line and column; it never quotes the file's values
 */
export function parseSettings(text: string, file: string): SettingsDocument {
  const lines = new LineCounter();
  const document = parseDocument(text, { lineCounter: lines, prettyErrors: false });
  const at = (offset: number): string => {
    const { line, col } = lines.linePos(offset);
    return `${file}:${line}:${col}`;
  };
  if (document.errors.length > 0) {
    throw new ConfigError(
      document.errors.map((error) => `${at(error.pos[0])}: not valid YAML (${describeCode(error.code)})`),
    );
  }

  let values: unknown;
  try {
    values = document.toJS({ maxAliasCount: 100 }) ?? {};
  } catch {
    throw new ConfigError(`${file}: not valid YAML (an alias points nowhere, or there are too many)`);
  }
  if (typeof values !== 'object' || values === null || Array.isArray(values)) {
    throw new ConfigError(`${at(0)}: expected settings of the form key: value`);
  }

  return {
    values: values as Record<string, unknown>,
    has: (path) => document.hasIn([...path]),
    whereIs: (path, of = 'value') => {
      let node: Node | null = document.contents;
      let offset = node?.range?.[0];
      for (const key of path) {
        const [keyNode, value] = childOf(node, key);
        const last = key === path.at(-1);
        const start = last && of === 'key' ? (keyNode ?? value) : (value ?? keyNode);
        if (start?.range === undefined || start.range === null) break;
        offset = start.range[0];
        node = value;
      }
      return offset === undefined ? file : at(offset);
    },
  };

  function childOf(node: Node | null, key: PropertyKey): [Node | null, Node | null] {
    const parent = isAlias(node) ? (node.resolve(document) ?? null) : node;
    if (isMap(parent)) {
      const pair = parent.items.find((item) => isScalar(item.key) && item.key.value === key);
      return [nodeOf(pair?.key), nodeOf(pair?.value)];
    }
    return [null, isSeq(parent) ? nodeOf(parent.items[Number(key)]) : null];
  }
}

function nodeOf(value: unknown): Node | null {
  return isNode(value) ? value : null;
}

function describeCode(code: string): string {
  return code.toLowerCase().replaceAll('_', ' ');
}
