// Unpacks a wheel (a zip without encryption, ZIP64 or links) as a stream, so that a file of any size costs little memory.

import { createReadStream, createWriteStream } from 'node:fs';
import { mkdir, open, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { pipeline } from 'node:stream/promises';
import { createInflateRaw } from 'node:zlib';

const END_RECORD = 0x06054b50;
const END_RECORD_BYTES = 22;
const LONGEST_COMMENT = 0xffff;
const LOCAL_HEADER_BYTES = 30;
const STORED = 0;

/** Writes every file of the archive under `into`; throws on an entry that would land elsewhere. */
export async function unzip(archive, into) {
  const handle = await open(archive);
  try {
    for (const entry of await readEntries(handle)) {
      if (entry.name.endsWith('/')) continue;
      const target = path.resolve(into, entry.name);
      if (!target.startsWith(path.resolve(into) + path.sep))
        throw new Error(`an entry leaves the folder: ${entry.name}`);
      await mkdir(path.dirname(target), { recursive: true });
      await extract(archive, handle, entry, target);
    }
  } finally {
    await handle.close();
  }
}

async function readEntries(handle) {
  const { size } = await handle.stat();
  const tail = await readAt(handle, Math.max(0, size - END_RECORD_BYTES - LONGEST_COMMENT), size);
  const end = lastIndexOfEnd(tail);
  if (end < 0) throw new Error('not a zip file');
  const count = tail.readUInt16LE(end + 10);
  const start = tail.readUInt32LE(end + 16);
  const directory = await readAt(handle, start, start + tail.readUInt32LE(end + 12));
  const entries = [];
  for (let at = 0; entries.length < count;) {
    const nameEnd = at + 46 + directory.readUInt16LE(at + 28);
    entries.push({
      method: directory.readUInt16LE(at + 10),
      bytes: directory.readUInt32LE(at + 20),
      header: directory.readUInt32LE(at + 42),
      name: directory.toString('utf8', at + 46, nameEnd),
    });
    at = nameEnd + directory.readUInt16LE(at + 30) + directory.readUInt16LE(at + 32);
  }
  return entries;
}

function lastIndexOfEnd(tail) {
  for (let at = tail.length - END_RECORD_BYTES; at >= 0; at -= 1) if (tail.readUInt32LE(at) === END_RECORD) return at;
  return -1;
}

async function extract(archive, handle, entry, target) {
  const header = await readAt(handle, entry.header, entry.header + LOCAL_HEADER_BYTES);
  const start = entry.header + LOCAL_HEADER_BYTES + header.readUInt16LE(26) + header.readUInt16LE(28);
  if (entry.bytes === 0) return writeFile(target, '');
  const output = createWriteStream(target);
  const input = createReadStream(archive, { start, end: start + entry.bytes - 1 });
  await (entry.method === STORED ? pipeline(input, output) : pipeline(input, createInflateRaw(), output));
}

async function readAt(handle, start, end) {
  const { buffer } = await handle.read(Buffer.alloc(end - start), 0, end - start, start);
  return buffer;
}
