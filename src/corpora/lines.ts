import { createReadStream, type ReadStream } from 'node:fs';
import { open, stat } from 'node:fs/promises';
import { createGunzip } from 'node:zlib';
import { ConfigError } from '../config.ts';

/** One line of a text file, numbered from 1, without its line end; or why it cannot be read. */
export type Line =
  | { readonly line: number; readonly text: string }
  | { readonly line: number; readonly problem: string };

/** A longer line is refused instead of being held in memory. */
export const LONGEST_LINE_BYTES = 16 * 1024 * 1024;

const LINE_FEED = 0x0a;

/** A text file that is read line by line in bounded memory; plain or gzip, by its first bytes. */
export interface LineFile {
  readonly path: string;
  /** Bytes on disk. */
  readonly bytes: number;
  /** Bytes taken from disk so far by the reading under way. */
  bytesRead(): number;
  /**
   * The lines that are not blank. CRLF and a byte order mark are taken off.
   *
   * @throws ConfigError when the file cannot be read to its end; the abort reason when `signal` aborts
   */
  lines(signal?: AbortSignal): AsyncGenerator<Line>;
}

/**
 * @param setting the key of zebra.yaml that names the file
 * @throws ConfigError naming file and setting when it is not there or is a folder
 */
export async function openLineFile(path: string, setting: string): Promise<LineFile> {
  const facts = await stat(path).catch((error: NodeJS.ErrnoException) => {
    const what = error.code === 'ENOENT' ? 'no such file' : `cannot be read (${error.code ?? 'error'})`;
    throw new ConfigError(`${path}: ${what}; see ${setting}`);
  });
  if (!facts.isFile()) throw new ConfigError(`${path}: is not a file; see ${setting}`);
  const zipped = await isGzip(path);
  let source: ReadStream | null = null;

  return {
    path,
    bytes: facts.size,
    bytesRead: () => source?.bytesRead ?? 0,
    async *lines(signal) {
      source = createReadStream(path, { highWaterMark: 256 * 1024, ...(signal === undefined ? {} : { signal }) });
      const reading = source;
      const bytes = zipped ? reading.pipe(createGunzip()) : reading;
      // A pipe does not hand on the error of its source.
      if (zipped) reading.on('error', (error) => bytes.destroy(error));
      let line = 0;
      try {
        for await (const raw of splitLines(bytes)) {
          line += 1;
          const decoded = decode(raw, line);
          if (decoded !== null) yield decoded;
        }
      } catch (error) {
        signal?.throwIfAborted();
        const code = (error as NodeJS.ErrnoException).code;
        if (code === undefined) throw error;
        const what = code.startsWith('Z_') ? 'the gzip data is cut or damaged' : `cannot be read (${code})`;
        throw new ConfigError(`${path}:${line + 1}: ${what}`);
      } finally {
        reading.destroy();
      }
    },
  };
}

async function isGzip(path: string): Promise<boolean> {
  const file = await open(path).catch((error: NodeJS.ErrnoException) => {
    throw new ConfigError(`${path}: cannot be read (${error.code ?? 'error'})`);
  });
  try {
    const { buffer, bytesRead } = await file.read(Buffer.alloc(2), 0, 2, 0);
    return bytesRead === 2 && buffer[0] === 0x1f && buffer[1] === 0x8b;
  } finally {
    await file.close();
  }
}

/** Raw lines; null for one that is longer than may be. */
async function* splitLines(chunks: AsyncIterable<Buffer>): AsyncGenerator<Buffer | null> {
  let parts: Buffer[] = [];
  let held = 0;
  let tooLong = false;
  const hold = (part: Buffer): void => {
    held += part.length;
    tooLong ||= held > LONGEST_LINE_BYTES;
    if (tooLong) parts = [];
    else if (part.length > 0) parts.push(part);
  };
  const take = (): Buffer | null => {
    const line = tooLong ? null : parts.length === 1 ? parts[0]! : Buffer.concat(parts);
    parts = [];
    held = 0;
    tooLong = false;
    return line;
  };
  for await (const chunk of chunks) {
    let start = 0;
    for (let end = chunk.indexOf(LINE_FEED); end !== -1; end = chunk.indexOf(LINE_FEED, start)) {
      hold(chunk.subarray(start, end));
      yield take();
      start = end + 1;
    }
    hold(chunk.subarray(start));
  }
  if (held > 0) yield take();
}

const utf8 = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true });

function decode(raw: Buffer | null, line: number): Line | null {
  if (raw === null) return { line, problem: `the line is longer than ${LONGEST_LINE_BYTES / 1024 / 1024} MB` };
  let text: string;
  try {
    text = utf8.decode(raw);
  } catch {
    return { line, problem: 'the line is not UTF-8; convert the file to UTF-8' };
  }
  if (line === 1) text = text.replace(/^\uFEFF/, '');
  text = text.replace(/\r$/, '');
  return text.trim() === '' ? null : { line, text };
}
