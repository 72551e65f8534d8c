import { ConfigError } from '../config.ts';
import { placeOf } from '../domain/error-place.ts';
import { DependencyFailure } from '../domain/failure.ts';

/** Exit codes of every command. */
export const EXIT = {
  done: 0,
  /** The answer is no: codes failed, budget reached. */
  no: 1,
  usage: 2,
  dependencyDown: 3,
  interrupted: 130,
} as const;

/** What to print and which code to end with when a command throws. */
export function endingOf(error: unknown): { readonly lines: readonly string[]; readonly code: number } {
  if (error instanceof ConfigError) return { lines: error.complaints, code: EXIT.usage };
  if (error instanceof DependencyFailure)
    return { lines: [error.message], code: error.type === 'egress-refused' ? EXIT.usage : EXIT.dependencyDown };
  return { lines: [`unexpected error, please report it: ${placeOf(error)}`], code: EXIT.no };
}
