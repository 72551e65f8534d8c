import { describe, expect, test } from 'vitest';
import type { WriteRequest } from '../../src/activities/ports.ts';
import { createScaffoldWriter } from '../../src/adapters/scaffold-writer.ts';
import type { SentenceModel } from '../../src/adapters/scaffold-writer.ts';
import type { Code } from '../../src/domain/icd.ts';
import { knowledgeCard } from '../../src/domain/knowledge.ts';
import { excerptOf } from '../support/terminology.ts';

const code: Code = { system: 'icd10cm', type: 'dx', code: 'E75.21' };
const card = knowledgeCard(excerptOf('icd10cm'), code);

function request(seed: number): WriteRequest {
  return {
    messages: [{ role: 'user', content: 'a prompt that is not read' }],
    maxTokens: 500,
    temperature: 0.8,
    seed,
    facts: {
      set: {
        ordinal: 1,
        codes: [code],
        strategy: 'clone',
        anchor: 'a',
        rung: null,
        sibling: null,
        dropped: [],
        sex: 'F',
        age: 40,
        examples: [],
      },
      cards: card === null ? [] : [card],
      words: 150,
    },
  };
}

const turn = () => ({ signal: new AbortController().signal, onOpen: async () => undefined });

/** Answers with the given endings in turn. */
function modelThat(...endings: readonly string[]): SentenceModel & { prompts: string[] } {
  const prompts: string[] = [];
  return {
    prompts,
    model: 'little',
    start: async () => undefined,
    complete: async ({ prompt }) => {
      prompts.push(prompt);
      return { text: endings[(prompts.length - 1) % endings.length] ?? '', inputTokens: 50, outputTokens: 10 };
    },
  };
}

describe('the embedded writer', () => {
  test('writes the scaffold at no cost, and says what it is outside the note', async () => {
    const writer = createScaffoldWriter({ smollm2: null });
    const reply = await writer.write(request(1), turn());
    expect(reply).toMatchObject({ model: 'scaffold-1', finishReason: 'stop', inputTokens: 0, outputTokens: 0 });
    expect(reply.text).toContain('Fabry disease');
    expect(writer).toMatchObject({ host: 'embedded', model: 'scaffold-1', price: { input: 0, output: 0 } });
    await expect(writer.probe()).resolves.toBeUndefined();
  });

  test('tells two sentences of the small model that pass the checks, and counts its tokens', async () => {
    const model = modelThat(
      ' had a fever in bed.',
      ' walked to the window with the nurse.',
      ' sat in the chair and read.',
    );
    const reply = await createScaffoldWriter({ smollm2: model }).write(request(1), turn());
    expect(reply).toMatchObject({ model: 'scaffold-1+little', inputTokens: 150, outputTokens: 30 });
    expect(reply.text).toContain('walked to the window with the nurse.');
    expect(reply.text).toContain('sat in the chair and read.');
    expect(reply.text).not.toContain('fever');
  });

  test('gives up on the small model after four tries, and writes the scaffold all the same', async () => {
    const model = modelThat(' said no.');
    const reply = await createScaffoldWriter({ smollm2: model }).write(request(1), turn());
    expect(model.prompts).toHaveLength(4);
    expect(reply.text).toContain('Fabry disease');
  });

  test('tells the small model nothing of the patient but the sex', async () => {
    const model = modelThat(' said no.');
    await createScaffoldWriter({ smollm2: model }).write(request(1), turn());
    expect(model.prompts.join('\n')).not.toMatch(/Fabry|40|a prompt that is not read/);
  });

  test('opens a call only when its turn has come, and writes none that was aborted or refused', async () => {
    const writer = createScaffoldWriter({ smollm2: modelThat(' sat in the chair and read.') });
    const refused = writer.write(request(1), { ...turn(), onOpen: () => Promise.reject(new Error('budget')) });
    await expect(refused).rejects.toThrow('budget');
    const aborted = writer.write(request(1), { ...turn(), signal: AbortSignal.abort(new Error('paused')) });
    await expect(aborted).rejects.toThrow('paused');
    await expect(writer.write(request(1), turn())).resolves.toBeDefined();
  });
});
