import type { GenerateOutcome, Steps } from '../../src/domain/campaign.ts';
import { attemptId, noteId, type NoteRef, type TargetRef } from '../../src/domain/ids.ts';

export interface FakeCode {
  readonly code: string;
  readonly notes: number;
}

/** An in-memory ledger's worth of steps: what a campaign workflow sees, with the outcomes that a test scripts. */
export function createFakeSteps(codes: readonly FakeCode[], options: Partial<FakeBehaviour> = {}) {
  const behaviour: FakeBehaviour = {
    attempts: 3,
    shardSize: 2,
    generate: async () => ({ outcome: 'replied' }),
    accept: () => true,
    ...options,
  };
  const campaign = 'pilot';
  const open = new Map<string, NoteRef>();
  const log: string[] = [];
  const settled = new Map<string, string>();
  for (const { code, notes } of codes) {
    for (let ordinal = 1; ordinal <= notes; ordinal += 1) {
      const ref: NoteRef = { campaign, system: 'icd10cm', type: 'dx', code, round: 0, ordinal };
      open.set(noteId(ref), ref);
    }
  }
  const position = (code: string) => codes.findIndex((entry) => entry.code === code);
  const openCodes = () => [...new Set([...open.values()].map((note) => note.code))];
  const settle = (ref: NoteRef, how: string) => {
    log.push(`${how} ${noteId(ref)}`);
    settled.set(noteId(ref), how);
    open.delete(noteId(ref));
  };

  const steps: Steps = {
    async openWork() {
      const shards = [];
      for (let from = 0; from < codes.length; from += behaviour.shardSize) {
        const to = from + behaviour.shardSize - 1;
        if (openCodes().some((code) => position(code) >= from && position(code) <= to)) shards.push({ from, to });
      }
      return { shards, notes: open.size };
    },
    async openTargets(_, range) {
      return openCodes()
        .filter((code) => position(code) >= range.from && position(code) <= range.to)
        .map((code) => ({ target: { campaign, system: 'icd10cm', type: 'dx', code, round: 0 }, tier: 'few-shot' }));
    },
    async retrieve(target) {
      log.push(`retrieve ${target.code}`);
      await behaviour.retrieve?.(target);
    },
    async substitute(target) {
      log.push(`substitute ${target.code}`);
      const notes = [...open.values()].filter((note) => note.code === target.code);
      return { notes: notes.map(({ ordinal }) => ({ ordinal, attemptsJudged: 0 })), attempts: behaviour.attempts };
    },
    async generate(ref) {
      const outcome = await behaviour.generate(attemptId(ref));
      log.push(`${outcome.outcome} ${attemptId(ref)}`);
      return outcome;
    },
    async validate(ref, last) {
      const accepted = behaviour.accept(attemptId(ref));
      if (accepted) settle(ref, 'accepted');
      else if (last) settle(ref, 'rejected');
      return accepted ? 'accepted' : 'rejected';
    },
    async failNote(note, type) {
      settle(note, `failed:${type}`);
    },
    async failTarget(target, type) {
      for (const note of open.values()) if (note.code === target.code) settle(note, `failed:${type}`);
    },
    async archive(target) {
      log.push(`archive ${target.code}`);
    },
  };
  return { steps, log, settled, open };
}

interface FakeBehaviour {
  readonly attempts: number;
  readonly shardSize: number;
  readonly retrieve?: (target: TargetRef) => Promise<void>;
  readonly generate: (attempt: string) => Promise<GenerateOutcome>;
  readonly accept: (attempt: string) => boolean;
}
