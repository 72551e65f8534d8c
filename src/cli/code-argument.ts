import { ConfigError } from '../config.ts';
import { type Code, type CodeSystem, type CodeType, normaliseCode } from '../domain/icd.ts';

const kinds: Readonly<Record<CodeType, string>> = { dx: 'diagnosis', px: 'procedure' };

/**
 * A code as people type it: `E75.21`, `e7521`, or a whole key `icd9cm/px/40.19`; a bare code is a diagnosis.
 *
 * @throws ConfigError saying why it is no code of the system
 */
export function codeOfCampaign(system: CodeSystem, typed: string): Code {
  const parts = typed.split('/');
  const [of, type, raw] = parts.length === 1 ? [system, 'dx', typed] : parts;
  if (parts.length > 3 || of !== system || (type !== 'dx' && type !== 'px') || raw === undefined) {
    throw new ConfigError(
      `${JSON.stringify(typed)} is no code of ${system}; expected CODE, ${system}/dx/CODE or ${system}/px/CODE`,
    );
  }
  const parsed = normaliseCode(system, type, raw);
  if ('code' in parsed) return parsed.code;
  throw new ConfigError(`${JSON.stringify(typed)} is no ${system} ${kinds[type]} code: ${parsed.malformed}`);
}
