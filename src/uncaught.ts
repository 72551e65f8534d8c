import { writeSync } from 'node:fs';
import { placeOf } from './domain/error-place.ts';

const standardError = 2;

/**
 * Ends this process on an error or a rejection that nothing caught, and tells its class and place only: Node itself would print
 * its message, causes and properties, any of which may quote a note.
 *
 * @param program who speaks, as `zebra`
 */
export function endOnUncaughtError(program: string): void {
  process.on('uncaughtException', (error) => {
    try {
      writeSync(standardError, `${program}: unexpected error, please report it: ${placeOf(error)}\n`);
    } finally {
      process.exit(1);
    }
  });
}
