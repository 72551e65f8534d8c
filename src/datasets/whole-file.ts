import { createHash } from 'node:crypto';
import { type FileHandle, mkdir, open, rename, rm } from 'node:fs/promises';
import { dirname } from 'node:path';

/** What was written: lines, bytes and their SHA-256. */
export interface WrittenFile {
  readonly rows: number;
  readonly bytes: number;
  readonly sha256: string;
}

/**
 * Writes rows to `path` so that the file appears whole or not at all: under a temporary name, flushed, then renamed.
 *
 * @param rows texts that end with their own line break
 */
export async function writeWholeFile(
  path: string,
  rows: AsyncIterable<string> | Iterable<string>,
): Promise<WrittenFile> {
  await mkdir(dirname(path), { recursive: true });
  const unfinished = `${path}.${process.pid}.partial`;
  const hash = createHash('sha256');
  let count = 0;
  let bytes = 0;
  let file: FileHandle | null = null;
  try {
    file = await open(unfinished, 'w', 0o600);
    let block = '';
    const flush = async (handle: FileHandle): Promise<void> => {
      const data = Buffer.from(block, 'utf8');
      block = '';
      hash.update(data);
      bytes += data.length;
      await handle.writeFile(data);
    };
    for await (const row of rows) {
      block += row;
      count += 1;
      if (block.length > 1_000_000) await flush(file);
    }
    await flush(file);
    await file.sync();
    await file.close();
    file = null;
    await rename(unfinished, path);
  } catch (error) {
    await file?.close();
    await rm(unfinished, { force: true });
    throw error;
  }
  return { rows: count, bytes, sha256: hash.digest('hex') };
}
