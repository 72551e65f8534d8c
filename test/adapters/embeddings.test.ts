import { existsSync } from 'node:fs';
import { homedir } from 'node:os';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { createLocalEmbedder, createOpenAiEmbedder } from '../../src/adapters/embeddings.ts';
import type { LocalEmbedder } from '../../src/adapters/embeddings.ts';
import { locateParts } from '../../src/embedded/parts.ts';
import { defaultCacheDir } from '../../setup/layout.mjs';
import { startEndpoint } from '../support/endpoint.ts';

const tokenizerPath = fileURLToPath(new URL('../../assets/minilm/tokenizer.json', import.meta.url));
const modelPath = locatedModel();
if (modelPath === null) console.warn('skipped: the MiniLM part is missing; run: npm run setup');

function locatedModel(): string | null {
  try {
    const { minilmModel } = locateParts(defaultCacheDir(process.env, process.platform, homedir()));
    return existsSync(minilmModel) ? minilmModel : null;
  } catch {
    return null;
  }
}

function cosine(a: Float32Array | undefined, b: Float32Array | undefined): number {
  if (a === undefined || b === undefined) throw new Error('a vector is missing');
  return a.reduce((sum, value, index) => sum + value * (b[index] ?? 0), 0);
}

const course = 'The patient rested, ate well and walked the hall with the nurse every morning of the stay. ';

describe.skipIf(modelPath === null)('the local embedder', () => {
  let embedder: LocalEmbedder;
  beforeAll(async () => {
    embedder = await createLocalEmbedder({ modelPath: modelPath ?? '', tokenizerPath, threads: 1 });
  });
  afterAll(() => embedder.close());

  test('gives unit vectors of its dimension, in the order asked for', async () => {
    const texts = Array.from({ length: 19 }, (_, index) => `Note ${'very '.repeat(index % 7)}short, number ${index}.`);
    const vectors = await embedder.embed(texts);
    expect(vectors).toHaveLength(19);
    for (const vector of vectors) {
      expect(vector).toHaveLength(embedder.dimension);
      expect(cosine(vector, vector)).toBeCloseTo(1, 4);
    }
    const [alone] = await embedder.embed([texts[11] ?? '']);
    expect(cosine(alone, vectors[11])).toBeGreaterThan(0.99);
  });

  test('puts a diagnosis nearer to its synonym than to another disease', async () => {
    const [infarction, attack, fracture] = await embedder.embed([
      'acute myocardial infarction',
      'The patient had a heart attack.',
      'fracture of the left radius',
    ]);
    expect(cosine(infarction, attack)).toBeGreaterThan(cosine(infarction, fracture) + 0.2);
  });

  test('does not see the tail of a long text, but sees it by its chunks', async () => {
    const note = `${course.repeat(20)}At the end Fabry disease was found.`;
    const [label, whole, before] = await embedder.embed(['Fabry disease', note, course.repeat(20)]);
    expect(cosine(whole, before)).toBeGreaterThan(0.999);
    const chunks = await embedder.embed(embedder.chunk(note));
    const best = Math.max(...chunks.map((chunk) => cosine(label, chunk)));
    expect(best).toBeGreaterThan(cosine(label, whole) + 0.15);
  });

  test('chunks give the note back', () => {
    const note = `${course.repeat(40)}\n\nPlan:\n- home\n- ${'x'.repeat(900)}\n${'word '.repeat(400)}`;
    const chunks = embedder.chunk(note);
    expect(chunks.join('')).toBe(note);
    expect(chunks.length).toBeGreaterThan(6);
  });

  test('answers a call without texts, and refuses to go on after its end', async () => {
    expect(await embedder.embed([])).toEqual([]);
    const ended = await createLocalEmbedder({ modelPath: modelPath ?? '', tokenizerPath, threads: 1 });
    await ended.close();
    await expect(ended.embed(['note'])).rejects.toMatchObject({ type: 'embedding-unavailable' });
  });
});

describe('the local embedder without its files', () => {
  test('fails as embedding-unavailable, naming the file', async () => {
    await expect(
      createLocalEmbedder({ modelPath: '/nowhere/model.onnx', tokenizerPath, threads: 1 }),
    ).rejects.toMatchObject({ type: 'embedding-unavailable', facts: { where: '/nowhere/model.onnx' } });
    await expect(
      createLocalEmbedder({ modelPath: '/nowhere/model.onnx', tokenizerPath: '/nowhere/t.json', threads: 1 }),
    ).rejects.toMatchObject({ facts: { where: '/nowhere/t.json' } });
  });
});

describe('an embedder behind an endpoint', () => {
  const egress = { restricted: true, allow: [] };

  test('learns its dimension, keeps order over batches and scales to unit length', async () => {
    const endpoint = await startEndpoint();
    const embedder = await createOpenAiEmbedder({ baseUrl: endpoint.url, model: 'test-model', apiKey: null, egress });
    expect(embedder.dimension).toBe(32);
    const texts = Array.from({ length: 130 }, (_, index) => `text ${index}`);
    const vectors = await embedder.embed(texts);
    expect(cosine(vectors[0], vectors[0])).toBeCloseTo(1, 5);
    const [last] = await embedder.embed(['text 129']);
    expect(last).toEqual(vectors[129]);
    await endpoint.close();
    await expect(embedder.embed(['x'])).rejects.toMatchObject({ type: 'endpoint-unavailable' });
  });

  test('is refused for a restricted corpus and a host that is not allowed', async () => {
    await expect(
      createOpenAiEmbedder({ baseUrl: 'https://api.example.org/v1', model: 'm', apiKey: 'k', egress }),
    ).rejects.toMatchObject({ type: 'egress-refused' });
  });
});
