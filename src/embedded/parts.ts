import { existsSync } from 'node:fs';
import { DependencyFailure } from '../domain/failure.ts';
import { manifestPath, readManifest } from '../../setup/layout.mjs';

/** Where the parts that set-up brought lie: absolute paths, each of which existed when it was read. */
export interface Parts {
  /** The Node 24 program. */
  readonly node: string;
  /** The CPython >= 3.10 that runs the Qdrant engine. */
  readonly python: string;
  /** The Temporal command line with its development server; null where there is no build for this platform. */
  readonly temporal: string | null;
  /** Temporal's time-skipping test server; null until `npm test` has set it up. */
  readonly temporalTestServer: string | null;
  /** The folder to put on PYTHONPATH for `qdrant_edge`. */
  readonly qdrantPythonPath: string;
  /** The MiniLM sentence-embedding model, int8 ONNX. */
  readonly minilmModel: string;
  /** The SmolLM2-135M-Instruct weights, GGUF. */
  readonly smollm2Model: string;
  /** The folder of the terminology tables. */
  readonly tablesDir: string;
}

const REQUIRED = ['node', 'python', 'qdrantPythonPath', 'minilmModel', 'smollm2Model', 'tablesDir'] as const;
const OPTIONAL = ['temporal', 'temporalTestServer'] as const;

/**
 * Reads the manifest that `npm run setup` leaves in the cache folder.
 *
 * @param cacheDir - the cache folder, see `defaultCacheDir` of setup/layout.mjs
 * @throws DependencyFailure `setup-missing` naming the part and the fix, when set-up has not run for this version or a part was removed since
 */
export function locateParts(cacheDir: string): Parts {
  const manifest = readManifest(cacheDir);
  if (!manifest) throw new DependencyFailure('setup-missing', { where: manifestPath(cacheDir) }, 'run: npm run setup');
  const required = REQUIRED.map((key) => [key, existing(key, manifest[key])]);
  const optional = OPTIONAL.map((key) => [key, manifest[key] == null ? null : existing(key, manifest[key])]);
  return Object.fromEntries([...required, ...optional]) as Parts;
}

function existing(key: string, file: unknown): string {
  if (typeof file === 'string' && existsSync(file)) return file;
  if (key === 'python') {
    throw new DependencyFailure(
      'setup-missing',
      { where: String(file) },
      'Python is gone from there; install Python 3.10 or newer, or set ZEBRA_PYTHON to it, then run: npm run setup',
    );
  }
  throw new DependencyFailure(
    'setup-missing',
    { where: String(file) },
    `${key} is gone from the cache folder; run: npm run setup`,
  );
}
