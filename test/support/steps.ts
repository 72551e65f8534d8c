import { MockActivityEnvironment } from '@temporalio/testing';
import type { ActivityFunction } from '@temporalio/common';
import { onTestFinished } from 'vitest';
import { createActivities } from '../../src/activities/index.ts';
import type { Embedder, Ports, SourceNoteInput, VectorIndex } from '../../src/activities/ports.ts';
import type { Steps } from '../../src/domain/campaign.ts';
import { codeKey } from '../../src/domain/icd.ts';
import type { Revision } from '../../src/domain/revision.ts';
import { tokenise } from '../../src/domain/tokens.ts';
import { corpus, dx, type Ledger, openTemporaryLedger, planOf, sourceNote } from './ledger-fixture.ts';
import { createMemoryIndex } from './memory-vector-index.ts';
import { createScriptedWriter, type ScriptedWriter, type Turn } from './scripted-writer.ts';
import { excerptOf } from './terminology.ts';

const icd10cm = excerptOf('icd10cm');

/** Fictional training notes: two of Gaucher disease, one of Krabbe disease, one of neither. */
export const notes: readonly SourceNoteInput[] = [
  sourceNote('g1', {
    text: 'Fictional. Gaucher disease with splenomegaly on enzyme replacement. Essential hypertension, on amlodipine.',
    codes: [dx('E75.22'), dx('I10')],
  }),
  sourceNote('g2', {
    text: 'Fictional. Known Gaucher disease, seen for bone pain. Type 2 diabetes mellitus without complications.',
    codes: [dx('E75.22'), dx('E11.9')],
    sex: 'M',
    age: 34,
  }),
  sourceNote('k1', {
    text: 'Fictional. Krabbe disease diagnosed by enzyme assay after loss of milestones.',
    codes: [dx('E75.23')],
    age: 2,
  }),
  sourceNote('h1', {
    text: 'Fictional. Essential hypertension, follow-up visit, pressures at goal.',
    codes: [dx('I10')],
  }),
];

export interface StepsSetup {
  readonly notes?: readonly SourceNoteInput[];
  /** Notes planned for each target code. */
  readonly plan?: Readonly<Record<string, number>>;
  readonly revision?: Partial<Revision>;
  readonly turns?: readonly Turn[];
  readonly ports?: (ports: Ports) => Partial<Ports>;
}

export interface StepsUnderTest {
  readonly ledger: Ledger;
  readonly writer: ScriptedWriter;
  readonly index: VectorIndex;
  /** Runs a step as Temporal would, on its `tries`-th try; what it throws is what Temporal sees. */
  run<Name extends keyof Steps>(
    name: Name,
    ...args: Parameters<Steps[Name]>
  ): Promise<Awaited<ReturnType<Steps[Name]>>>;
  /** The same in an environment of the test's own, which it may cancel. */
  runIn<Name extends keyof Steps>(
    environment: MockActivityEnvironment,
    name: Name,
    ...args: Parameters<Steps[Name]>
  ): Promise<Awaited<ReturnType<Steps[Name]>>>;
}

/** The steps of the path over a real ledger, an index in memory and a scripted writer, with a planned campaign `pilot`. */
export async function openSteps(setup: StepsSetup = {}): Promise<StepsUnderTest> {
  const { ledger, remove } = await openTemporaryLedger();
  onTestFinished(remove);
  const index = createMemoryIndex();
  const writer = createScriptedWriter(...(setup.turns ?? []));
  const source = setup.notes ?? notes;
  await ledger.putCorpus(corpus);
  await ledger.putSourceNotes('fiction', source);
  await index.ensure(embedder.dimension);
  for (const note of source.filter(({ split }) => split === 'train')) {
    const [vector] = await embedder.embed([note.text]);
    await index.upsert([{ noteId: note.id, chunk: 0, vector: vector!, codes: note.codes.map(codeKey) }]);
  }
  await ledger.savePlan(planOf(setup.plan ?? { 'E75.22': 3 }, setup.revision));

  const ports: Ports = {
    corpus: ledger,
    ledger,
    index,
    embedder,
    writer,
    terminologyOf: (system, type) => (system === 'icd10cm' && type === 'dx' ? icd10cm : null),
  };
  const steps = createActivities({ ...ports, ...setup.ports?.(ports) });
  const runIn: StepsUnderTest['runIn'] = (environment, name, ...args) =>
    environment.run(steps[name] as ActivityFunction, ...args) as never;
  return {
    ledger,
    writer,
    index,
    runIn,
    run: (name, ...args) => runIn(environmentOf({ tries: 1 }), name, ...args),
  };
}

/** An activity's surroundings, on its `tries`-th try; its log is thrown away. */
export function environmentOf({ tries }: { readonly tries: number }): MockActivityEnvironment {
  const say = () => undefined;
  const logger = { log: say, trace: say, debug: say, info: say, warn: say, error: say };
  return new MockActivityEnvironment({ attempt: tries }, { logger });
}

/** Counts of words, hashed into 64 dimensions: texts that share words are near each other. */
const embedder: Embedder = {
  model: 'bag-of-words',
  dimension: 64,
  chunk: (text) => [text],
  embed: async (texts) =>
    texts.map((text) => {
      const vector = new Float32Array(64).fill(0.01);
      for (const { form } of tokenise(text)) {
        const place = Array.from(form).reduce((sum, letter) => (31 * sum + letter.charCodeAt(0)) % 64, 7);
        vector[place] = (vector[place] ?? 0) + 1;
      }
      return vector;
    }),
};

/** A fictional note that the gate accepts for a set of E75.22 and the other codes of `g1` or `g2`. */
export const goodNote = `CHIEF COMPLAINT: Fatigue and left upper abdominal fullness. HISTORY: The patient has Gaucher disease, confirmed years ago by
enzyme assay, and comes for a planned review. She also has essential hypertension, and type 2 diabetes mellitus without complications treated with metformin.
She reports less energy over the past months and says that walking uphill is harder than it was in spring. There is no fever and no weight loss.
EXAMINATION: Alert and comfortable, pressure slightly raised, heart sounds regular, lungs clear, spleen palpable below the costal margin, no edema.
ASSESSMENT AND PLAN: Continue the infusions, repeat the blood count and the abdominal imaging, and adjust the blood pressure medicine. Review in three months.`;
