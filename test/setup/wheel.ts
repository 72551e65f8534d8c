import { createHash } from 'node:crypto';
import { mkdirSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { deflateRawSync } from 'node:zlib';

import type { Part } from '../../setup/layout.mjs';

/** Writes a small wheel (a zip) of the given files into a folder and answers the part that pins it. */
export function makeWheel(folder: string, name: string, files: Record<string, string>): Part {
  const bytes = zip(files);
  const file = `${name}-1.0.0-py3-none-any.whl`;
  mkdirSync(folder, { recursive: true });
  writeFileSync(path.join(folder, file), bytes);
  const sha256 = createHash('sha256').update(bytes).digest('hex');
  const [first] = Object.keys(files);
  return {
    name,
    version: '1.0.0',
    gives: name,
    licence: 'MIT',
    path: first ?? '.',
    files: { any: { file, sha256, bytes: bytes.length } },
  };
}

/** A zip whose entries are deflated, without checksums: readers here trust the hash of the whole. */
export function zip(files: Record<string, string>): Buffer {
  const locals: Buffer[] = [];
  const directory: Buffer[] = [];
  let offset = 0;
  for (const [name, text] of Object.entries(files)) {
    const data = deflateRawSync(text);
    const local = Buffer.alloc(30);
    local.writeUInt32LE(0x04034b50, 0);
    local.writeUInt16LE(8, 8);
    local.writeUInt16LE(Buffer.byteLength(name), 26);
    locals.push(local, Buffer.from(name), data);
    const entry = Buffer.alloc(46);
    entry.writeUInt32LE(0x02014b50, 0);
    entry.writeUInt16LE(8, 10);
    entry.writeUInt32LE(data.length, 20);
    entry.writeUInt32LE(text.length, 24);
    entry.writeUInt16LE(Buffer.byteLength(name), 28);
    entry.writeUInt32LE(offset, 42);
    directory.push(entry, Buffer.from(name));
    offset += local.length + Buffer.byteLength(name) + data.length;
  }
  const central = Buffer.concat(directory);
  const end = Buffer.alloc(22);
  end.writeUInt32LE(0x06054b50, 0);
  end.writeUInt16LE(Object.keys(files).length, 10);
  end.writeUInt32LE(central.length, 12);
  end.writeUInt32LE(offset, 16);
  return Buffer.concat([...locals, central, end]);
}
