// A process of its own that writes to a ledger and prints the id of each thing whose write was acknowledged, until it is killed
// or the disk is full: `node ledger-writer.ts PATH ROUND` or `node ledger-writer.ts PATH full`.
import { writeSync } from 'node:fs';
import { openLedger } from '../../src/adapters/ledger.ts';
import { noteId } from '../../src/domain/ids.ts';
import {
  accepted,
  attemptRef,
  codeSetOf,
  corpus,
  intentOf,
  planOf,
  replyOf,
  sourceNote,
  spanOf,
  targetRef,
} from './ledger-fixture.ts';

const [path, task] = process.argv.slice(2) as [string, string];
const ledger = await openLedger({ path });
const say = (line: string) => writeSync(1, `${line}\n`);

if (task === 'full') await fillDisk();
else await writeNotes(`kill-${task}`, 3_000);

async function writeNotes(campaign: string, notes: number): Promise<void> {
  await ledger.savePlan(planOf({ 'E75.21': notes }, { campaign }));
  let next = 1;
  const work = async () => {
    while (next <= notes) {
      const ref = { ...attemptRef('E75.21', next), campaign };
      next += 1;
      await ledger.saveCodeSets(
        { ...targetRef('E75.21'), campaign },
        [codeSetOf('E75.21', ref.ordinal)],
        spanOf('substitute'),
      );
      const opened = await ledger.openCall(intentOf(ref));
      if (opened.outcome !== 'opened') throw new Error(opened.outcome);
      await ledger.closeCall(opened.callId, replyOf('a fictional note'), spanOf('generate'));
      await ledger.saveVerdict(ref, accepted, true, spanOf('validate'));
      say(noteId(ref));
    }
  };
  await Promise.all(Array.from({ length: 16 }, work));
}

async function fillDisk(): Promise<void> {
  // Past the limit of `ulimit -f` the system sends this signal, which would end the process before SQLite sees the error.
  process.on('SIGXFSZ', () => {});
  await ledger.putCorpus(corpus);
  for (let number = 0; ; number += 1) {
    const id = `note-${number}`;
    try {
      await ledger.putSourceNotes('fiction', [sourceNote(id, { text: `fiction ${number} `.repeat(1_000) })]);
    } catch (error) {
      say(error instanceof Error ? error.message : 'unknown');
      return;
    }
    say(id);
  }
}
