import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { inspect } from 'node:util';
import fc from 'fast-check';
import { APIError } from 'openai';
import { afterAll, describe, expect, test } from 'vitest';
import { z } from 'zod';
import { toApplicationFailure } from '../../src/activities/classify-failure.ts';
import { endpointFailure } from '../../src/adapters/endpoint-failure.ts';
import { fromMessage, toMessage } from '../../src/adapters/ledger/failure.ts';
import { qdrantFailure } from '../../src/adapters/qdrant-failure.ts';
import { endingOf } from '../../src/cli/exit.ts';
import { ConfigError } from '../../src/config.ts';
import { ingest, type IngestRequest } from '../../src/corpora/ingest.ts';
import { environmentOf } from '../support/steps.ts';

const folder = mkdtempSync(join(tmpdir(), 'zebra-errors-'));
afterAll(() => rmSync(folder, { recursive: true }));

/** A run of a note that is long enough to be recognised. */
const quotedLength = 10;

const noteText = fc
  .oneof(
    fc.lorem({ mode: 'sentences', maxCount: 3 }),
    fc.string({ minLength: quotedLength, maxLength: 120, unit: 'grapheme' }),
    fc.string({ minLength: quotedLength, maxLength: 120, unit: 'binary-ascii' }),
  )
  .filter((text) => text.trim().length >= quotedLength);

/** The runs of the note that stand in what was said. */
function quotesIn(said: string, text: string): string[] {
  const runs = Array.from({ length: Math.max(0, text.length - quotedLength + 1) }, (_, at) =>
    text.slice(at, at + quotedLength),
  );
  return runs.filter((run) => said.includes(run));
}

/** Everything that printing, serialising or rethrowing an error could show. */
const everythingOf = (error: unknown): string => {
  const stack = error instanceof Error ? error.stack : '';
  return [inspect(error, { depth: 10, showHidden: true }), stack, String(error), JSON.stringify(error)].join('\n');
};

describe('what is said about a bad line of a corpus', () => {
  const surelyBad = '[';
  const fields = ['id', 'text', 'codes', 'subject', 'split', 'sex', 'age', 'dx', 'px', 'text_en'];

  /** A line of either format that is damaged by cutting, by a stray character, or by a value of the wrong kind. */
  const badLine = (text: string): fc.Arbitrary<string> => {
    const note = { id: 'n1', text, text_en: text, codes: ['E75.21'], dx: ['E75.21'], px: [], split: 'train' };
    const whole = JSON.stringify(note);
    const at = fc.nat({ max: whole.length - 1 });
    const wrong = fc.constantFrom<unknown[]>(
      text,
      [text],
      [[text]],
      [{ type: text, code: text }],
      { [text]: text },
      1e9,
      null,
    );
    return fc.oneof(
      at.map((end) => whole.slice(0, end)),
      fc
        .tuple(at, fc.constantFrom('"', '}', '\\', '\u0000'))
        .map(([place, stray]) => `${whole.slice(0, place)}${stray}${whole.slice(place)}`),
      fc.tuple(fc.constantFrom(...fields), wrong).map(([field, value]) => JSON.stringify({ ...note, [field]: value })),
      fc.constant(JSON.stringify({ ...note, [text]: text })),
      fc.constant(JSON.stringify([text])),
      fc.constant(text.replaceAll(/[\r\n]/g, ' ')),
    );
  };

  const cases = noteText.chain((text) =>
    fc.record({ text: fc.constant(text), lines: fc.array(badLine(text), { minLength: 1, maxLength: 8 }) }),
  );

  test.each(['jsonl', 'codiesp'])('%s: names file and line, and quotes nothing of the note', async (format) => {
    const path = join(folder, 'notes');
    await fc.assert(
      fc.asyncProperty(cases, async ({ text, lines }) => {
        writeFileSync(path, `${[...lines, surelyBad].join('\n')}\n`);
        const error = await ingest(requestFor(path, format)).catch((thrown: unknown) => thrown);
        if (!(error instanceof ConfigError)) throw new Error('the file was not refused');
        expect(error.message).toContain(`${path}:${lines.length + 1}: not valid JSON`);
        expect(quotesIn(everythingOf(error), text)).toEqual([]);
        expect(quotesIn(endingOf(error).lines.join('\n'), text)).toEqual([]);
      }),
      { numRuns: 150 },
    );
  });
});

/** An ingest that ends before anything is written: the ledger knows no note, and nothing else may be asked. */
function requestFor(path: string, format: string): IngestRequest {
  const refuses = () => expect.fail('nothing may be written');
  return {
    corpus: { id: 'c', path, format, split: null, restricted: true },
    codeSystem: 'icd10cm',
    terminologyOf: () => null,
    ledger: new Proxy({} as IngestRequest['ledger'], {
      get: (_, method) => (method === 'noteStates' ? async () => new Map() : refuses),
    }),
    index: new Proxy({} as IngestRequest['index'], { get: () => refuses }),
    embedder: new Proxy({} as IngestRequest['embedder'], { get: () => refuses }),
    skipBad: false,
  };
}

describe('an error that quotes a note', () => {
  /** What goes wrong with text, by those who quote it: the parser, the language, schemas, URLs, endpoints, engines. */
  const quoting: Readonly<Record<string, (text: string) => unknown>> = {
    'of a JSON parser': (text) => thrownBy(() => JSON.parse(text.concat('"'))),
    'of an assignment to text': (text) => thrownBy(() => ((text as unknown as Record<string, number>)['a'] = 1)),
    'of a look for a property in text': (text) => thrownBy(() => 'a' in (text as never)),
    'of a number that is none': (text) => thrownBy(() => BigInt(`x${text}`)),
    'of a schema': (text) => thrownBy(() => z.strictObject({ a: z.enum(['b']) }).parse({ a: text, [text]: 1 })),
    'of a URL': (text) => thrownBy(() => new URL(`//${text}`)),
    'of our own': (text) => new Error(text),
    'that has lines like frames': (text) => new RangeError(`x\n    at ${text} (a.ts:1:2)\n    at ${text}:1:2`),
    'that has a cause': (text) => new Error('x', { cause: new Error(text, { cause: text }) }),
    'that has others in it': (text) => new AggregateError([new Error(text)], text),
    'that has properties': (text) => Object.assign(new TypeError('x'), { body: text, [text]: [text] }),
    'that is bare text': (text) => text,
    'that is an object': (text) => ({ message: text, stack: text }),
    'of an endpoint': (text) => new APIError(400, { message: text, code: text }, text, new Headers()),
    'of an endpoint that is down': (text) => new APIError(503, { error: { message: text } }, text, new Headers()),
    'of an endpoint that takes no key': (text) => new APIError(401, { message: text }, text, new Headers()),
    'of an index': (text) => ({ status: 400, data: { status: { error: text } }, message: text }),
    'of an index out of space': (text) => ({ status: 507, data: { status: { error: `${text} no space left` } } }),
    'of a connection to an index': (text) => ({ cause: Object.assign(new Error(text), { code: text }) }),
  };

  const place = { where: '127.0.0.1:6333', collection: 'zebra-test' };
  const environment = environmentOf({ tries: 1 });
  /** Every way by which an error leaves the part that met it. */
  const exits: Readonly<Record<string, (error: unknown) => unknown>> = {
    'to Temporal': (error) => environment.run(async () => toApplicationFailure(error, 1)),
    'to the terminal': (error) => endingOf(error),
    'from the ledger’s thread': (error) => fromMessage(toMessage(error, 'putSourceNotes', 'ledger.db')),
    'from the endpoint’s adapter': (error) => endpointFailure(error, '127.0.0.1:1'),
    'from the index’s adapter': (error) => qdrantFailure(error, place),
  };

  const quoted = fc.constantFrom(...Object.keys(quoting));

  test.each(Object.entries(exits))('leaves %s without the note', async (_, leave) => {
    await fc.assert(
      fc.asyncProperty(quoted, noteText, async (kind, text) => {
        expect(quotesIn(everythingOf(await leave(quoting[kind]!(text))), text)).toEqual([]);
      }),
      { numRuns: 400 },
    );
  });

  test.each(Object.entries(quoting))('does hold it before: one %s', (_, make) => {
    const text = 'Fictional. Zyvqorbex was seen.';
    expect(inspect(make(text), { depth: 10, showHidden: true })).toContain(text.slice(0, quotedLength));
  });
});

function thrownBy(act: () => unknown): unknown {
  try {
    return act();
  } catch (error) {
    return error;
  }
}
