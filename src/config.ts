import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { homedir } from 'node:os';
import { basename, dirname, join, relative, resolve } from 'node:path';
import { defaultCacheDir } from '../setup/layout.mjs';
import { parseSettings, type SettingsDocument } from './config/document.ts';
import { ConfigError } from './config/error.ts';
import { complaintsOf } from './config/complaints.ts';
import { fromEnvironment, fromFlags, type Override } from './config/layers.ts';
import { keysAt, LATER_CHECKS, type Settings, settingPaths, settingsSchema } from './config/schema.ts';
import { maskUrl, Secret } from './config/secret.ts';
import { activeProxies } from './domain/egress.ts';
import type { WriterKind } from './domain/revision.ts';

export { ConfigError } from './config/error.ts';

/** zebra.yaml with everything settled: defaults filled in, paths absolute, secrets at hand but unprintable. */
export interface Config extends Settings {
  /** Absolute path of zebra.yaml, and its folder. */
  readonly file: string;
  readonly folder: string;
  /** `id` names the corpus in the ledger and in the index; it follows the path as written and the format. */
  readonly corpus: Settings['corpus'] & { readonly id: string; readonly restricted: boolean };
  readonly writer: WriterKind;
  /** Absolute folder of the export. */
  readonly output: string;
  /** Absolute `.zebra` beside the file: ledger, engines' data, run.json, lock. */
  readonly stateDir: string;
  /** Absolute path of the embedded ledger's database. */
  readonly ledgerPath: string;
  /** Absolute folder of downloaded parts. */
  readonly cacheDir: string;
  /** From the environment only; null where the variable is unset, which is right for endpoints that ask for none. */
  readonly secrets: { readonly llm: Secret | null; readonly embedding: Secret | null; readonly qdrant: Secret | null };
  /** Proxies that this process sends requests through; they count as hosts of `egress.allow`. */
  readonly proxies: readonly string[];
  /** Where the value of a setting (dotted path) comes from: `zebra.yaml:12:3`, `environment variable …`, `flag …`, or `default`. */
  readonly originOf: (path: string) => string;
}

export interface ConfigSources {
  /** zebra.yaml, absolute or relative to the working directory. */
  readonly file: string;
  /** Settings from the command line by dotted path, as `{ 'llm.concurrency': '64' }`; undefined values are left out. */
  readonly flags?: Readonly<Record<string, unknown>>;
  readonly env?: NodeJS.ProcessEnv;
}

/** `ZEBRA_…` variables that are not settings. */
const OTHER_VARIABLES = [
  'ZEBRA_CACHE_DIR',
  'ZEBRA_LAUNCHER_PID',
  'ZEBRA_PYTHON',
  'ZEBRA_QDRANT_API_KEY',
  'ZEBRA_TEST_DATA',
  'ZEBRA_TEST_REPORT',
  'ZEBRA_WHEELS',
];

const RESTRICTED_FORMATS: readonly string[] = ['mimic3', 'mimic4', 'caml'];

/**
 * Reads zebra.yaml. Flags beat the environment (`ZEBRA_LLM_BASE_URL` for `llm.baseUrl`, and so on), which beats the file, which
 * beats the defaults. Paths are relative to the file, wherever they were given.
 *
 * @throws ConfigError listing every complaint with file, line and column, and the nearest known key; it quotes no value
 */
export function loadConfig({ file, flags = {}, env = process.env }: ConfigSources): Config {
  const path = resolve(file);
  const document = parseSettings(readSettings(path), shownName(path));
  const overrides = [...fromEnvironment(env, OTHER_VARIABLES), ...fromFlags(flags)];
  const given = withoutIdleChecks(layered(document, overrides));
  const parsed = settingsSchema.safeParse(given);
  const whereIs = (setting: readonly PropertyKey[], of?: 'key' | 'value'): string =>
    overrideOf(overrides, setting)?.origin ?? document.whereIs(setting, of);
  if (!parsed.success) {
    const isGiven = (setting: readonly PropertyKey[]): boolean => valueAt(given, setting) !== undefined;
    throw new ConfigError(complaintsOf(parsed.error.issues, { whereIs, isGiven }));
  }
  const settings = parsed.data;
  const complaints = contradictions(settings, (setting) => whereIs(setting.split('.')));
  if (complaints.length > 0) throw new ConfigError(complaints);

  const folder = dirname(path);
  const at = (name: string): string => resolve(folder, name);
  const secret = (name: string): Secret | null => (env[name] ? new Secret(env[name]) : null);
  return {
    ...settings,
    file: path,
    folder,
    corpus: {
      ...settings.corpus,
      id: corpusId(settings.corpus.format, relative(folder, at(settings.corpus.path))),
      path: at(settings.corpus.path),
      split: settings.corpus.split === null ? null : at(settings.corpus.split),
      restricted: settings.corpus.restricted ?? RESTRICTED_FORMATS.includes(settings.corpus.format),
    },
    targets: {
      ...settings.targets,
      codesFile: settings.targets.codesFile === null ? null : at(settings.targets.codesFile),
    },
    writer: settings.writer ?? (settings.llm.baseUrl === null ? 'scaffold+smollm2' : 'endpoint'),
    output: at(settings.output ?? join('out', settings.campaign)),
    stateDir: at('.zebra'),
    ledgerPath: at(join('.zebra', 'ledger.db')),
    cacheDir: defaultCacheDir(env, process.platform, homedir()),
    secrets: {
      llm: secret(settings.llm.apiKeyEnv),
      embedding: secret(settings.embedding.apiKeyEnv),
      qdrant: secret('ZEBRA_QDRANT_API_KEY'),
    },
    proxies: activeProxies(env, process.execArgv),
    originOf: (setting) => {
      const keys = setting.split('.');
      return overrideOf(overrides, keys)?.origin ?? (document.has(keys) ? document.whereIs(keys, 'key') : 'default');
    },
  };
}

/** Every setting with its value and where it comes from, fit to be shown: URLs lose their credentials. */
export function describeConfig(config: Config): { setting: string; value: unknown; origin: string }[] {
  return settingPaths().map((setting) => {
    const value = valueAt(config, setting.split('.'));
    const isUrl = /(^|\.)(url|baseUrl)$/.test(setting) && typeof value === 'string';
    return { setting, value: isUrl ? maskUrl(value) : value, origin: config.originOf(setting) };
  });
}

/** Whether the user asked for colour (`FORCE_COLOR`) or against it (`NO_COLOR`, `TERM=dumb`); null where neither. */
export function colourFromEnvironment(env: NodeJS.ProcessEnv = process.env): boolean | null {
  if (env['NO_COLOR']) return false;
  if (env['FORCE_COLOR']) return env['FORCE_COLOR'] !== '0';
  return env['TERM'] === 'dumb' ? false : null;
}

/** The folders in which the user's programs lie, as PATH has them. */
export function searchPath(env: NodeJS.ProcessEnv = process.env): string {
  return env['PATH'] ?? env['Path'] ?? '';
}

function corpusId(format: string, path: string): string {
  const hash = createHash('sha256').update(`${format}\0${path}`).digest('hex').slice(0, 8);
  const name = basename(path)
    .replace(/\..*$/, '')
    .toLowerCase()
    .replace(/[^a-z0-9]+/g, '-');
  return `${name}-${hash}`;
}

function readSettings(path: string): string {
  try {
    return readFileSync(path, 'utf8').replace(/^\uFEFF/, '');
  } catch (error) {
    const code = (error as NodeJS.ErrnoException).code ?? 'error';
    if (code !== 'ENOENT') throw new ConfigError(`${shownName(path)}: cannot be read (${code})`);
    throw new ConfigError(
      `${shownName(path)}: no such file; name one with -c, or start from examples/pilot/zebra.yaml`,
    );
  }
}

/** The path as people typed it, more or less: relative where that is shorter. */
function shownName(path: string): string {
  const short = relative('', path);
  return short.length < path.length ? short : path;
}

/** The file's values with the overrides on top. A section left empty (`llm:`) counts as absent. */
function layered(document: SettingsDocument, overrides: readonly Override[]): Record<string, unknown> {
  const values = withoutEmptySections(structuredClone(document.values), []);
  for (const { path, value } of overrides) {
    let section = values;
    for (const key of path.slice(0, -1)) {
      if (typeof section[key] !== 'object' || section[key] === null) section[key] = {};
      section = section[key] as Record<string, unknown>;
    }
    section[path.at(-1)!] = value;
  }
  return values;
}

/** A later version's check that is switched off asks for nothing. */
function withoutIdleChecks(values: Record<string, unknown>): Record<string, unknown> {
  const validation = values['validation'];
  if (typeof validation !== 'object' || validation === null) return values;
  const kept = Object.entries(validation).filter(
    ([check, settings]) =>
      !(LATER_CHECKS.includes(check) && (settings as { action?: unknown } | null)?.action === 'off'),
  );
  return { ...values, validation: Object.fromEntries(kept) };
}

function withoutEmptySections(section: Record<string, unknown>, path: readonly string[]): Record<string, unknown> {
  for (const [key, value] of Object.entries(section)) {
    const here = [...path, key];
    if (keysAt(here) === null) continue;
    if (value === null) delete section[key];
    else if (typeof value === 'object' && !Array.isArray(value))
      withoutEmptySections(value as Record<string, unknown>, here);
  }
  return section;
}

function overrideOf(overrides: readonly Override[], path: readonly PropertyKey[]): Override | undefined {
  const setting = path.join('.');
  return overrides.findLast(
    (override) => setting === override.path.join('.') || setting.startsWith(`${override.path.join('.')}.`),
  );
}

function valueAt(values: unknown, path: readonly PropertyKey[]): unknown {
  return path.reduce<unknown>(
    (section, key) => (section as Record<PropertyKey, unknown> | null | undefined)?.[key],
    values,
  );
}

/** What each key allows by itself but not together. */
function contradictions(settings: Settings, whereIs: (setting: string) => string): string[] {
  const { llm, embedding, writer, validation, ledger } = settings;
  const found: string[] = [];
  if (ledger.url !== null) {
    found.push(
      `${whereIs('ledger.url')}: ledger.url: PostgreSQL is not available in this version; take the line out, and the ledger is .zebra/ledger.db`,
    );
  }
  if (writer === 'endpoint' && llm.baseUrl === null) {
    found.push(`${whereIs('writer')}: writer endpoint needs llm.baseUrl, the endpoint's URL up to /v1`);
  }
  if (llm.baseUrl !== null && llm.model === null && (writer ?? 'endpoint') === 'endpoint') {
    found.push(`${whereIs('llm.baseUrl')}: an endpoint needs llm.model, the name of the model it is to use`);
  }
  if (embedding.provider === 'openai' && (embedding.baseUrl === null || embedding.model === null)) {
    found.push(
      `${whereIs('embedding.provider')}: embedding.provider openai needs embedding.baseUrl and embedding.model`,
    );
  }
  if (validation.form.minShare >= validation.form.maxShare) {
    found.push(
      `${whereIs('validation.form.minShare')}: validation.form.minShare must be below validation.form.maxShare`,
    );
  }
  return found;
}
