import { z } from 'zod';
import { PAPER_ALLOCATION } from '../domain/allocation.ts';
import { TIERS } from '../domain/tiers.ts';

const positive = z.number().positive({ error: 'expected a number above 0' });
const whole = z.int({ error: 'expected a whole number' });
const count = whole.min(1, { error: 'expected a whole number of 1 or more' });
const amount = z.number().nonnegative({ error: 'expected a number of 0 or more' });
const text = z.string().min(1, { error: 'expected text that is not empty' });
const httpUrl = z.url({ protocol: /^https?$/, error: 'expected a URL that starts with http:// or https://' });
const postgresUrl = z.url({ protocol: /^postgres(ql)?$/, error: 'expected a URL that starts with postgres://' });
const address = text.regex(/^[^\s/]+:\d{1,5}$/, { error: 'expected host:port, as 127.0.0.1:7233' });
const variable = text.regex(/^[A-Za-z_][A-Za-z0-9_]*$/, { error: 'expected the name of an environment variable' });
const action = z.enum(['off', 'warn', 'reject']).default('reject');

const CORPUS_FORMATS = ['jsonl', 'codiesp', 'mimic3', 'mimic4', 'caml'] as const;

/** Checks that zebra.yaml may come to name; they do nothing yet, so asking for one is an error that says so. */
export const LATER_CHECKS: readonly string[] = [
  'contradiction',
  'unlisted',
  'title-echo',
  'vague',
  'phi',
  'near-duplicate',
];

/**
 * zebra.yaml: every key, its range and its default. Keys without a default must be given. What depends on other keys
 * (`writer`, `corpus.restricted`, `output`, paths) is null or absent here and settled in config.ts.
 */
export const settingsSchema = z.strictObject({
  version: z.literal(1, { error: 'expected 1, the only version of this file so far' }).default(1),
  campaign: text
    .regex(/^[a-z0-9][a-z0-9-]*$/, { error: 'expected lower-case letters, digits and hyphens' })
    .max(63, { error: 'expected at most 63 characters' }),
  codeSystem: z.enum(['icd10cm', 'icd9cm']),
  seed: whole.min(0, { error: 'expected a whole number of 0 or more' }).default(1),
  corpus: z
    .strictObject({
      path: text,
      format: z.enum(CORPUS_FORMATS).default('jsonl'),
      restricted: z.boolean().nullable().default(null),
      split: text.nullable().default(null),
    })
    .prefault({} as { path: string }),
  allocation: z
    .strictObject({
      alpha: positive.default(PAPER_ALLOCATION.alpha),
      maxPerCode: count.default(PAPER_ALLOCATION.maxPerCode),
      offset: amount.default(PAPER_ALLOCATION.offset),
      logBase: z
        .preprocess((value) => (typeof value === 'number' ? String(value) : value), z.enum(['e', '2', '10']))
        .default(PAPER_ALLOCATION.logBase),
      rounding: z.enum(['floor', 'round', 'ceil']).default(PAPER_ALLOCATION.rounding),
      zeroShot: z.enum(['max', 'formula']).default(PAPER_ALLOCATION.zeroShot),
    })
    .prefault({}),
  targets: z
    .strictObject({
      tiers: z.array(z.enum(TIERS as ['zero-shot'])).default(['zero-shot', 'few-shot', 'tail'] as 'zero-shot'[]),
      codes: z.array(text).default([]),
      codesFile: text.nullable().default(null),
      limit: count.nullable().default(null),
    })
    .prefault({}),
  substitution: z
    .strictObject({
      mode: z.enum(['paper', 'cleaned']).default('cleaned'),
      maxRung: z.enum(['sibling', 'cousin', 'block', 'chapter']).default('block'),
    })
    .prefault({}),
  writer: z.enum(['scaffold', 'scaffold+smollm2', 'endpoint']).nullable().default(null),
  llm: z
    .strictObject({
      baseUrl: httpUrl.nullable().default(null),
      model: text.nullable().default(null),
      apiKeyEnv: variable.default('OPENAI_API_KEY'),
      concurrency: count.max(1024, { error: 'expected at most 1024' }).default(8),
      requestsPerMinute: positive.nullable().default(null),
      tokensPerMinute: positive.nullable().default(null),
      temperature: amount.max(2, { error: 'expected a number from 0 to 2' }).default(0.8),
      maxTokens: count.nullable().default(null),
      price: z.strictObject({ input: amount.default(0), output: amount.default(0) }).prefault({}),
    })
    .prefault({}),
  embedding: z
    .strictObject({
      provider: z.enum(['local', 'openai']).default('local'),
      baseUrl: httpUrl.nullable().default(null),
      model: text.nullable().default(null),
      apiKeyEnv: variable.default('OPENAI_API_KEY'),
    })
    .prefault({}),
  qdrant: z.strictObject({ url: httpUrl.nullable().default(null) }).prefault({}),
  temporal: z
    .strictObject({ address: address.nullable().default(null), namespace: text.default('default') })
    .prefault({}),
  ledger: z.strictObject({ url: postgresUrl.nullable().default(null) }).prefault({}),
  validation: z
    .strictObject({
      attempts: count.max(20, { error: 'expected at most 20' }).default(3),
      coverage: z.strictObject({ action }).prefault({}),
      'label-leak': z.strictObject({ action }).prefault({}),
      copy: z.strictObject({ action, maxSharedTokens: count.default(40) }).prefault({}),
      form: z.strictObject({ action, minShare: amount.default(0.15), maxShare: positive.default(4) }).prefault({}),
    })
    .prefault({}),
  budget: z
    .strictObject({ cost: positive.nullable().default(null), tokens: count.nullable().default(null) })
    .prefault({}),
  egress: z.strictObject({ allow: z.array(text).default([]) }).prefault({}),
  output: text.nullable().default(null),
});

export type Settings = z.output<typeof settingsSchema>;

type Shape = Readonly<Record<string, z.ZodType>>;

/** The keys known under a path of the schema, or null where no section stands. */
export function keysAt(path: readonly PropertyKey[]): string[] | null {
  const shape = shapeOf(schemaAt(path));
  return shape === null ? null : Object.keys(shape);
}

/** The schema of a key, without its default; undefined where there is no such key. */
export function schemaAt(path: readonly PropertyKey[]): z.ZodType | undefined {
  let schema: z.ZodType | undefined = settingsSchema;
  for (const key of path) {
    const shape: Shape | null = shapeOf(schema);
    schema = shape === null || !Object.hasOwn(shape, key) ? undefined : shape[String(key)];
    while (schema instanceof z.ZodDefault || schema instanceof z.ZodPrefault) schema = schema.unwrap() as z.ZodType;
  }
  return schema;
}

/** Every setting by its dotted path, in the order of the file. */
export function settingPaths(under: readonly string[] = []): string[] {
  return (keysAt(under) ?? []).flatMap((key) => {
    const path = [...under, key];
    return keysAt(path) === null ? [path.join('.')] : settingPaths(path);
  });
}

function shapeOf(schema: z.ZodType | undefined): Shape | null {
  return schema instanceof z.ZodObject ? (schema.shape as Shape) : null;
}
