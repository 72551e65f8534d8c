import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { createGate } from '../../src/domain/gate.ts';
import type { KnowledgeCard } from '../../src/domain/knowledge.ts';
import { knowledgeCard } from '../../src/domain/knowledge.ts';
import { buildPrompt } from '../../src/domain/prompt.ts';
import type { ValidationPolicy } from '../../src/domain/revision.ts';
import type { Rejection, Verdict } from '../../src/domain/verdict.ts';
import { startEndpoint } from './endpoint.ts';
import type { Endpoint, Fault } from './endpoint.ts';
import { excerptOf } from './terminology.ts';

const policy: ValidationPolicy = {
  attempts: 3,
  coverage: { action: 'reject' },
  'label-leak': { action: 'reject' },
  copy: { action: 'reject', maxSharedTokens: 12 },
  form: { action: 'reject', minShare: 0.5, maxShare: 2 },
};
const table = excerptOf('icd10cm');
const cards = ['E75.21', 'N18.6', 'I10'].flatMap((code): KnowledgeCard[] => {
  const card = knowledgeCard(table, { system: 'icd10cm', type: 'dx', code });
  return card === null ? [] : [card];
});
const example = {
  id: 'source-1',
  text: 'The visitor from the northern valley told a long story about the orchard, the ladder and the broken gate behind the barn.',
};
const set = {
  ordinal: 1,
  codes: cards.map(({ code }) => code),
  strategy: 'clone',
  anchor: 'a',
  rung: null,
  sibling: null,
  dropped: [],
  sex: 'F',
  age: 40,
  examples: [],
} as const;

describe('the test endpoint', () => {
  let endpoint: Endpoint;
  const gate = createGate();
  beforeAll(async () => {
    endpoint = await startEndpoint();
  });
  afterAll(() => endpoint.close());

  /** What the gate says of the answer to a real prompt. */
  async function verdictOn(fault: Fault | null, rejections: readonly Rejection[] = []): Promise<Verdict> {
    if (fault !== null && rejections.length === 0) endpoint.settings.next = [fault];
    endpoint.settings.faults = fault === null || rejections.length === 0 ? {} : { [fault]: 1 };
    const prompt = buildPrompt({
      set,
      cards,
      examples: [example],
      words: 200,
      rejections,
      budgetTokens: 8_000,
      countTokens: (text) => text.length / 4,
    });
    const response = await fetch(`${endpoint.url}/chat/completions`, {
      method: 'POST',
      body: JSON.stringify({ model: 'test-model', messages: prompt.messages }),
    });
    const { choices } = (await response.json()) as {
      choices: [{ message: { content: string }; finish_reason: 'stop' | 'length' }];
    };
    const [{ message, finish_reason: finishReason }] = choices;
    return gate.judge({ text: message.content, finishReason, set, cards, sources: [example], words: 200, policy });
  }

  test('writes notes that pass the gate', async () => {
    expect((await verdictOn(null)).checks.flatMap(({ rejections }) => rejections)).toEqual([]);
  });

  test.each<[Fault, string]>([
    ['length', 'form'],
    ['language', 'form'],
    ['missing', 'coverage'],
    ['codes', 'label-leak'],
    ['copy', 'copy'],
    ['empty', 'form'],
  ])('writes a note with the fault %s that the check %s rejects', async (fault, check) => {
    const verdict = await verdictOn(fault);
    expect(verdict.accepted).toBe(false);
    expect(verdict.checks.filter(({ passed }) => !passed).map(({ name }) => name)).toContain(check);
  });

  test('mends its note when the prompt tells what was wrong', async () => {
    const rejection: Rejection = { check: 'coverage', reason: 'not-found', code: cards[2]!.code, target: false };
    expect((await verdictOn('missing', [rejection])).accepted).toBe(true);
  });
});
