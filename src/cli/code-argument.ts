import { ConfigError } from '../config.ts';
import { type Code, type CodeSystem, normaliseCode, parseCodeKey } from '../domain/icd.ts';

/**
 * A code as people type it: `E75.21`, `e7521`, or a whole key `icd9cm/px/40.19`; a bare code is a diagnosis.
 *
 * @throws ConfigError saying why it is no code of the system
 */
export function codeOfCampaign(system: CodeSystem, typed: string): Code {
  if (typed.includes('/')) {
    const code = parseCodeKey(typed);
    if (code !== null && code.system === system) return code;
    throw new ConfigError(
      `${JSON.stringify(typed)} is no code of ${system}; expected as ${system}/dx/CODE or ${system}/px/CODE`,
    );
  }
  const parsed = normaliseCode(system, 'dx', typed);
  if ('malformed' in parsed)
    throw new ConfigError(`${JSON.stringify(typed)} is no ${system} diagnosis code: ${parsed.malformed}`);
  return parsed.code;
}
