import { readdirSync, readFileSync } from 'node:fs';
import { join, relative } from 'node:path';
import { DatabaseSync } from 'node:sqlite';

/** Strings to look for, by the name under which a find is told. */
export type Canaries = Readonly<Record<string, readonly string[]>>;

interface Needle {
  readonly name: string;
  readonly bytes: Buffer;
}

/** Finds canaries in bytes, whichever common way they were written down. */
export interface LeakScanner {
  /** Each find as `where: canary "…" as form`, once for each form. */
  scan(where: string, content: Buffer | string): string[];
  /** Every file below a folder; of SQLite files also every cell, since pages cut long ones into pieces. */
  scanFolder(folder: string, skip?: (path: string) => boolean): string[];
}

const blockBytes = 4096;
const zeroBlock = Buffer.alloc(blockBytes);
const sqliteHeader = 'SQLite format 3\0';

export function createLeakScanner(canaries: Canaries): LeakScanner {
  const needles = Object.entries(canaries).flatMap(([group, texts]) =>
    texts.flatMap((text) =>
      [...writtenForms(text)].map(([form, bytes]): Needle => ({ name: `${group} canary "${text}" as ${form}`, bytes })),
    ),
  );

  function scan(where: string, content: Buffer | string): string[] {
    const bytes = typeof content === 'string' ? Buffer.from(content) : content;
    return needles.filter((needle) => bytes.includes(needle.bytes)).map(({ name }) => `${where}: ${name}`);
  }

  return {
    scan,
    scanFolder(folder, skip = () => false) {
      return filesBelow(folder)
        .filter((path) => !skip(relative(folder, path)))
        .flatMap((path) => {
          const content = readFileSync(path);
          const where = relative(folder, path);
          const found = scan(where, withoutZeroBlocks(content));
          const isDatabase = content.toString('latin1', 0, sqliteHeader.length) === sqliteHeader;
          return isDatabase ? [...found, ...scan(`${where} (cells)`, cellsOf(path))] : found;
        });
    },
  };
}

/** A text's bytes by encoding; base64 at each of its three alignments, without the characters that neighbours share in. */
export function writtenForms(text: string): Map<string, Buffer> {
  const utf8 = Buffer.from(text);
  const utf16 = Buffer.from(text, 'utf16le');
  const forms = new Map<string, Buffer>();
  const seen = new Set<string>();
  const add = (form: string, bytes: Buffer): void => {
    const key = bytes.toString('latin1');
    if (!seen.has(key)) forms.set(form, bytes);
    seen.add(key);
  };
  add('UTF-8', utf8);
  add('lower case', Buffer.from(text.toLowerCase()));
  add('upper case', Buffer.from(text.toUpperCase()));
  add('UTF-16LE', utf16);
  add('UTF-16BE', Buffer.from(utf16).swap16());
  add('Latin-1 of UTF-8', Buffer.from(utf8.toString('latin1')));
  add('URL', Buffer.from(encodeURIComponent(text)));
  add('URL with plus', Buffer.from(encodeURIComponent(text).replaceAll('%20', '+')));
  add('lower-case URL', Buffer.from(encodeURIComponent(text).toLowerCase()));
  add('JSON escapes', Buffer.from(escaped(text)));
  add('upper-case JSON escapes', Buffer.from(escaped(text).replace(/[a-f0-9]{4}/g, (digits) => digits.toUpperCase())));
  add('hex', Buffer.from(utf8.toString('hex')));
  add('upper-case hex', Buffer.from(utf8.toString('hex').toUpperCase()));
  add('hex of UTF-16', Buffer.from(utf16.toString('hex')));
  for (const alignment of [0, 1, 2]) {
    const shifted = Buffer.concat([Buffer.alloc(alignment), utf8]);
    const own = [Math.ceil((8 * alignment) / 6), Math.floor((8 * shifted.length) / 6)] as const;
    add(`base64 at ${alignment}`, Buffer.from(shifted.toString('base64').slice(...own)));
    add(`base64url at ${alignment}`, Buffer.from(shifted.toString('base64url').slice(...own)));
  }
  return forms;
}

/** Every string and every run of bytes inside a value, one a line: of decoded protobuf messages, say. */
export function textOf(value: unknown): Buffer {
  const parts: Buffer[] = [];
  const walk = (inner: unknown): void => {
    if (typeof inner === 'string') parts.push(Buffer.from(inner));
    else if (inner instanceof Uint8Array) parts.push(Buffer.from(inner));
    else if (Array.isArray(inner)) inner.forEach(walk);
    else if (typeof inner === 'object' && inner !== null) {
      for (const [key, part] of Object.entries(inner)) {
        parts.push(Buffer.from(key));
        walk(part);
      }
    }
  };
  walk(value);
  return joined(parts);
}

/** All cells of all tables of a SQLite file. */
export function cellsOf(path: string): Buffer {
  const database = new DatabaseSync(path, { readOnly: true });
  try {
    const tables = database.prepare("SELECT name FROM sqlite_schema WHERE type = 'table'").all();
    const rows = tables.flatMap(({ name }) => database.prepare(`SELECT * FROM "${String(name)}"`).all());
    return textOf(rows.map((row) => Object.values(row)));
  } finally {
    database.close();
  }
}

export function filesBelow(folder: string): string[] {
  return readdirSync(folder, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => join(entry.parentPath, entry.name));
}

function joined(parts: readonly Buffer[]): Buffer {
  const line = Buffer.from('\n');
  return Buffer.concat(parts.flatMap((part) => [part, line]));
}

function escaped(text: string): string {
  return Array.from({ length: text.length }, (_, at) => text.charCodeAt(at))
    .map((unit) => (unit < 0x80 ? String.fromCharCode(unit) : `\\u${unit.toString(16).padStart(4, '0')}`))
    .join('');
}

/** Engines reserve space in files of 32 MB; only what was written is looked at. */
function withoutZeroBlocks(content: Buffer): Buffer {
  if (content.length < 16 * blockBytes) return content;
  const kept: Buffer[] = [];
  for (let at = 0; at < content.length; at += blockBytes) {
    const block = content.subarray(at, at + blockBytes);
    if (!block.equals(zeroBlock.subarray(0, block.length))) kept.push(block);
  }
  return Buffer.concat(kept);
}
