import type { z } from 'zod';
import { nearest } from '../domain/nearest.ts';
import { ConfigError } from './error.ts';
import { schemaAt, settingPaths } from './schema.ts';

/** A value for one setting that comes from outside the file. */
export interface Override {
  readonly path: readonly string[];
  readonly value: unknown;
  /** How people know it: `environment variable ZEBRA_LLM_MODEL` or `flag llm.model`. */
  readonly origin: string;
}

/** The environment variable of a setting: `llm.baseUrl` is `ZEBRA_LLM_BASE_URL`, `validation.label-leak.action` is `ZEBRA_VALIDATION_LABEL_LEAK_ACTION`. */
function variableOf(path: string): string {
  const words = path.replace(/([a-z0-9])([A-Z])/g, '$1_$2').replace(/[.-]/g, '_');
  return `ZEBRA_${words.toUpperCase()}`;
}

/**
 * Settings given by environment variables. An empty variable counts as unset.
 *
 * @throws ConfigError for a `ZEBRA_…` variable that is a slip of the pen of a known one
 */
export function fromEnvironment(env: NodeJS.ProcessEnv, alsoKnown: readonly string[]): Override[] {
  const paths = new Map(settingPaths().map((path) => [variableOf(path), path]));
  const known = [...paths.keys(), ...alsoKnown];
  const complaints: string[] = [];
  const overrides: Override[] = [];
  for (const [name, value] of Object.entries(env)) {
    if (!name.startsWith('ZEBRA_') || value === undefined || value === '') continue;
    const path = paths.get(name);
    if (path !== undefined) {
      overrides.push({ path: path.split('.'), value: fromText(path, value), origin: `environment variable ${name}` });
      continue;
    }
    const [meant] = alsoKnown.includes(name) ? [] : nearest(name, known, 1, 2);
    if (meant !== undefined) complaints.push(`environment variable ${name} is not known; did you mean ${meant}?`);
  }
  if (complaints.length > 0) throw new ConfigError(complaints);
  return overrides;
}

/**
 * Settings given by flags, by dotted path; text is read as the setting's type, undefined is left out.
 *
 * @throws ConfigError for a path that is no setting
 */
export function fromFlags(flags: Readonly<Record<string, unknown>>): Override[] {
  const known = settingPaths();
  return Object.entries(flags).flatMap(([path, value]) => {
    if (value === undefined) return [];
    if (!known.includes(path)) {
      const [meant] = nearest(path, known);
      throw new ConfigError(`flag ${path}: no such setting${meant === undefined ? '' : `; did you mean ${meant}?`}`);
    }
    return [
      {
        path: path.split('.'),
        value: typeof value === 'string' ? fromText(path, value) : value,
        origin: `flag ${path}`,
      },
    ];
  });
}

/** Reads text as what the setting takes: null, the text itself, a number, true or false, or a list parted by commas. */
function fromText(path: string, text: string): unknown {
  const schema = schemaAt(path.split('.'));
  const list = text
    .split(',')
    .map((item) => item.trim())
    .filter((item) => item !== '');
  const readings: { readonly value: unknown }[] = [{ value: text }, { value: list }];
  if (text === 'null') readings.unshift({ value: null });
  if (text === 'true' || text === 'false') readings.push({ value: text === 'true' });
  if (text.trim() !== '') readings.push({ value: Number(text) });
  const fitting = readings.find(({ value }) => accepts(schema, value));
  if (fitting !== undefined) return fitting.value;
  return accepts(schema, []) ? list : text;
}

function accepts(schema: z.ZodType | undefined, value: unknown): boolean {
  return schema?.safeParse(value).success === true;
}
