// A process that takes the folder of its argument, says whether it could, and lives until it is told to end or killed.
import { takeFolder } from '../../src/cli/lock.ts';

const lock = takeFolder(process.argv[2] ?? '');
process.send?.(lock === null ? 'refused' : 'taken');
process.on('message', () => {
  lock?.release();
  process.disconnect();
});
