import { readFileSync } from 'node:fs';
import type { Config } from '../config.ts';
import { type Code, codeKey, type CodeSystem, type CodeType, normaliseCode } from '../domain/icd.ts';
import { nearest } from '../domain/nearest.ts';
import type { Terminology } from '../domain/terminology.ts';
import { ConfigError } from './error.ts';

type Named = { readonly raw: string; readonly where: string };

/**
 * The diagnoses that `targets.codes` and `targets.codesFile` name, each once, in the order of their code. The file has one code a
 * line; what follows white space, a comma or `#` is passed over.
 *
 * @throws ConfigError with file and line for malformed codes, and with the nearest known codes for those that no table holds
 */
export function readNamedCodes(
  config: Pick<Config, 'codeSystem' | 'targets' | 'originOf'>,
  terminologyOf: (system: CodeSystem, type: CodeType) => Terminology | null,
): Code[] {
  const terminology = terminologyOf(config.codeSystem, 'dx');
  const complaints: string[] = [];
  const codes = new Map<string, Code>();
  for (const { raw, where } of [...ofSettings(config), ...ofFile(config.targets.codesFile)]) {
    const result = normaliseCode(config.codeSystem, 'dx', raw);
    if ('malformed' in result) complaints.push(`${where}: malformed code: ${result.malformed}`);
    else if (terminology?.resolve(result.code.code) === undefined)
      complaints.push(`${where}: ${unknown(terminology, result.code)}`);
    else codes.set(codeKey(result.code), result.code);
  }
  if (complaints.length > 0) throw new ConfigError(complaints);
  return [...codes.keys()].sort().map((key) => codes.get(key)!);
}

function ofSettings({ targets, originOf }: Pick<Config, 'targets' | 'originOf'>): Named[] {
  return targets.codes.map((raw, index) => ({
    raw,
    where: `${originOf(`targets.codes.${index}`)}: targets.codes[${index}]`,
  }));
}

function ofFile(path: string | null): Named[] {
  if (path === null) return [];
  let text: string;
  try {
    text = readFileSync(path, 'utf8');
  } catch (error) {
    throw new ConfigError(
      `${path}: targets.codesFile cannot be read (${(error as NodeJS.ErrnoException).code ?? 'error'})`,
    );
  }
  return text
    .replace(/^\uFEFF/, '')
    .split(/\r?\n/)
    .map((line, index) => ({ raw: line.trim().split(/[\s,;#]/)[0]!, where: `${path}:${index + 1}` }))
    .filter(({ raw }) => raw !== '');
}

/** Says that no table holds the code, and which known ones are spelt most like it. */
function unknown(terminology: Terminology | null, { system, code }: Code): string {
  const release = terminology?.release ?? system;
  const near = terminology === null ? [] : nearKnown(terminology, code);
  return `${code} is not a code of ${release}${near.length === 0 ? '' : `; near it: ${near.join(', ')}`}`;
}

/** The longest known beginning of the code, and its neighbours and children that are spelt most like the code. */
function nearKnown(terminology: Terminology, code: string): string[] {
  for (let end = code.length - 1; end >= 2; end -= 1) {
    const entry = terminology.find(code.slice(0, end));
    if (entry?.kind !== 'code') continue;
    const family = [entry, ...terminology.children(entry.code), ...terminology.siblings(entry.code)];
    return nearest(
      code,
      family.filter(({ kind }) => kind === 'code').map((member) => member.code),
      3,
      4,
    );
  }
  return [];
}
