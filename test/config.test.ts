import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { inspect } from 'node:util';
import { afterAll, describe, expect, it } from 'vitest';
import { colourFromEnvironment, ConfigError, describeConfig, loadConfig } from '../src/config.ts';

const folder = mkdtempSync(join(tmpdir(), 'zebra-config-'));
const file = join(folder, 'zebra.yaml');
afterAll(() => rmSync(folder, { recursive: true }));

const minimal = ['campaign: pilot', 'codeSystem: icd10cm', 'corpus: { path: notes.jsonl }'];

function load(lines: readonly string[], flags: Record<string, unknown> = {}, env: NodeJS.ProcessEnv = {}) {
  writeFileSync(file, lines.join('\n'));
  return loadConfig({ file, flags, env });
}

function complaints(
  lines: readonly string[],
  flags: Record<string, unknown> = {},
  env: NodeJS.ProcessEnv = {},
): string[] {
  try {
    load(lines, flags, env);
  } catch (error) {
    if (error instanceof ConfigError)
      return error.complaints.map((line) => line.replace(/^.*zebra\.yaml/, 'zebra.yaml'));
    throw error;
  }
  return [];
}

describe('the defaults', () => {
  it('fill in all but campaign, code system and corpus', () => {
    const config = load(minimal);
    expect(config.allocation).toEqual({
      alpha: 0.5,
      maxPerCode: 50,
      offset: 5,
      logBase: 'e',
      rounding: 'floor',
      zeroShot: 'max',
    });
    expect(config.targets).toEqual({
      tiers: ['zero-shot', 'few-shot', 'tail'],
      codes: [],
      codesFile: null,
      limit: null,
    });
    expect(config.substitution).toEqual({ mode: 'cleaned', maxRung: 'block' });
    expect(config.validation.attempts).toBe(3);
    expect(config.budget).toEqual({ cost: null, tokens: null });
  });

  it('resolve paths against the folder of the file', () => {
    const config = load([...minimal, 'targets: { codesFile: rare.txt }']);
    expect(config.corpus.path).toBe(join(folder, 'notes.jsonl'));
    expect(config.targets.codesFile).toBe(join(folder, 'rare.txt'));
    expect(config.output).toBe(join(folder, 'out', 'pilot'));
    expect(config.stateDir).toBe(join(folder, '.zebra'));
    expect(config.ledgerPath).toBe(join(folder, '.zebra', 'ledger.db'));
  });

  it('name the corpus after its path and format', () => {
    const ids = ['notes.jsonl', './notes.jsonl', 'b/notes.jsonl'].map(
      (path) => load(minimal, { 'corpus.path': path }).corpus.id,
    );
    expect(ids[0]).toMatch(/^notes-[0-9a-f]{8}$/);
    expect(ids[1]).toBe(ids[0]);
    expect(ids[2]).not.toBe(ids[0]);
    expect(load(minimal, { 'corpus.format': 'codiesp' }).corpus.id).not.toBe(ids[0]);
  });

  it('write with the embedded writer, and with the endpoint as soon as there is one', () => {
    expect(load(minimal).writer).toBe('scaffold+smollm2');
    expect(load([...minimal, 'llm: { baseUrl: http://127.0.0.1:8000/v1, model: m }']).writer).toBe('endpoint');
    expect(load([...minimal, 'writer: scaffold', 'llm: { baseUrl: http://127.0.0.1:8000/v1 }']).writer).toBe(
      'scaffold',
    );
  });

  it('restrict MIMIC corpora unless told otherwise', () => {
    const mimic = ['campaign: pilot', 'codeSystem: icd9cm'];
    expect(load([...mimic, 'corpus: { path: m, format: mimic3 }']).corpus.restricted).toBe(true);
    expect(load([...mimic, 'corpus: { path: m, format: mimic3, restricted: false }']).corpus.restricted).toBe(false);
    expect(load(minimal).corpus.restricted).toBe(false);
  });

  it('stand for a section that is left empty', () => {
    expect(load([...minimal, 'llm:', 'validation:', '  copy:']).llm.concurrency).toBe(8);
  });
});

describe('the layers', () => {
  const lines = [...minimal, 'llm: { concurrency: 2 }'];

  it('let flags beat the environment, which beats the file, which beats the defaults', () => {
    const env = { ZEBRA_LLM_CONCURRENCY: '3' };
    expect(load(minimal).llm.concurrency).toBe(8);
    expect(load(lines).llm.concurrency).toBe(2);
    expect(load(lines, {}, env).llm.concurrency).toBe(3);
    expect(load(lines, { 'llm.concurrency': '4' }, env).llm.concurrency).toBe(4);
    expect(load(lines, { 'llm.concurrency': undefined }, env).llm.concurrency).toBe(3);
  });

  it('say where each value comes from', () => {
    const config = load(lines, { campaign: 'other' }, { ZEBRA_LLM_MODEL: 'm' });
    expect(config.originOf('campaign')).toBe('flag campaign');
    expect(config.originOf('llm.model')).toBe('environment variable ZEBRA_LLM_MODEL');
    expect(config.originOf('llm.concurrency')).toMatch(/zebra\.yaml:4:8$/);
    expect(config.originOf('seed')).toBe('default');
  });

  it('read text as what the setting takes', () => {
    const env = {
      ZEBRA_TARGETS_TIERS: 'few-shot,tail',
      ZEBRA_CORPUS_RESTRICTED: 'true',
      ZEBRA_LLM_TEMPERATURE: '0.1',
      ZEBRA_LLM_MODEL: '70',
      ZEBRA_VALIDATION_LABEL_LEAK_ACTION: 'warn',
      ZEBRA_BUDGET_COST: 'null',
      ZEBRA_ALLOCATION_LOG_BASE: '2',
    };
    const config = load([...minimal, 'budget: { cost: 3 }'], {}, env);
    expect(config.targets.tiers).toEqual(['few-shot', 'tail']);
    expect(config.corpus.restricted).toBe(true);
    expect(config.llm).toMatchObject({ temperature: 0.1, model: '70' });
    expect(config.validation['label-leak'].action).toBe('warn');
    expect(config.budget.cost).toBeNull();
    expect(config.allocation.logBase).toBe('2');
  });

  it('name the variable or the flag that is wrong', () => {
    expect(complaints(minimal, {}, { ZEBRA_LLM_CONCURRENCY: 'many' })).toEqual([
      'environment variable ZEBRA_LLM_CONCURRENCY: llm.concurrency: expected a whole number',
    ]);
    expect(complaints(minimal, {}, { ZEBRA_LLM_CONCURENCY: '4' })).toEqual([
      'environment variable ZEBRA_LLM_CONCURENCY is not known; did you mean ZEBRA_LLM_CONCURRENCY?',
    ]);
    expect(complaints(minimal, { 'llm.modle': 'm' })).toEqual([
      'flag llm.modle: no such setting; did you mean llm.model?',
    ]);
  });
});

describe('a mistake in the file', () => {
  it('is told with line, column and the nearest known key', () => {
    expect(complaints([...minimal, 'allocaton: { alpha: 1 }', 'llm:', '  modle: m'])).toEqual([
      'zebra.yaml:6:3: unknown key llm.modle; did you mean model?',
      'zebra.yaml:4:1: unknown key allocaton; did you mean allocation?',
    ]);
    expect(complaints([...minimal, 'concurrency: 4'])).toEqual([
      'zebra.yaml:4:1: unknown key concurrency; did you mean llm.concurrency?',
    ]);
  });

  it('is told by what was expected, never by what was written', () => {
    const found = complaints([
      'campaign: Canary One',
      'codeSystem: canary',
      'corpus: { path: n, format: jsonl }',
      'llm: { baseUrl: canary, concurrency: canary, price: canary }',
      'targets: { tiers: [canary] }',
      'seed: 1.5',
    ]);
    expect(found).toEqual([
      'zebra.yaml:1:11: campaign: expected lower-case letters, digits and hyphens',
      'zebra.yaml:2:13: codeSystem: expected icd10cm or icd9cm',
      'zebra.yaml:6:7: seed: expected a whole number',
      'zebra.yaml:5:20: targets.tiers[0]: expected zero-shot, few-shot, tail, medium or head',
      'zebra.yaml:4:17: llm.baseUrl: expected a URL that starts with http:// or https://',
      'zebra.yaml:4:38: llm.concurrency: expected a whole number',
      'zebra.yaml:4:53: llm.price: expected a section of key: value',
    ]);
    expect(found.join('\n')).not.toMatch(/canary/i);
  });

  it('is told for what is missing', () => {
    expect(complaints(['campaign: pilot'])).toEqual([
      'zebra.yaml:1:1: codeSystem is missing: expected icd10cm or icd9cm',
      'zebra.yaml:1:1: corpus.path is missing: expected text',
    ]);
    expect(complaints([])).toHaveLength(3);
  });

  it('is told for broken YAML, without quoting the line', () => {
    const [complaint] = complaints([...minimal, 'llm: { model: "canary']);
    expect(complaint).toMatch(/^zebra\.yaml:\d+:\d+: not valid YAML/);
    expect(complaint).not.toMatch(/canary/);
    expect(complaints(['- a', '- b'])).toEqual(['zebra.yaml:1:1: expected settings of the form key: value']);
    expect(complaints([...minimal, 'campaign: again'])).toEqual(['zebra.yaml:4:1: not valid YAML (duplicate key)']);
  });

  it('is told for checks that this version does not have', () => {
    expect(complaints([...minimal, 'validation: { phi: { action: reject } }'])).toEqual([
      'zebra.yaml:4:15: validation.phi: this check is not available in this version; take the line out, or switch it off',
    ]);
  });

  it('is not told for a check of a later version that is switched off', () => {
    expect(
      load([...minimal, 'validation: { phi: { action: off, allow: [x] }, attempts: 2 }']).validation.attempts,
    ).toBe(2);
  });

  it('is told for settings that do not go together', () => {
    expect(complaints([...minimal, 'writer: endpoint'])).toEqual([
      "zebra.yaml:4:9: writer endpoint needs llm.baseUrl, the endpoint's URL up to /v1",
    ]);
    expect(complaints([...minimal, 'llm: { baseUrl: http://127.0.0.1/v1 }'])).toEqual([
      'zebra.yaml:4:17: an endpoint needs llm.model, the name of the model it is to use',
    ]);
  });

  it('is told for a file that is not there', () => {
    expect(() => loadConfig({ file: join(folder, 'none.yaml'), env: {} })).toThrow(
      /none\.yaml: no such file; name one with -c/,
    );
  });
});

describe('a ledger elsewhere', () => {
  it('is refused as long as there is none, instead of being passed over', () => {
    expect(complaints([...minimal, 'ledger: { url: "postgres://me:canary@db/zebra" }'])).toEqual([
      expect.stringMatching(/^zebra\.yaml:\d+:\d+: ledger\.url: PostgreSQL is not available[^@]*$/),
    ]);
  });
});

describe('secrets', () => {
  it('come from the variable that apiKeyEnv names, and cannot be printed', () => {
    const config = load([...minimal, 'llm: { apiKeyEnv: MY_KEY }'], {}, { MY_KEY: 'canary' });
    expect(config.secrets.llm?.reveal()).toBe('canary');
    expect(`${String(config.secrets.llm)}${JSON.stringify(config)}${inspect(config, { depth: 9 })}`).not.toMatch(
      /canary/,
    );
    expect(load(minimal).secrets.llm).toBeNull();
  });

  it('are masked in the URLs that are shown', () => {
    const config = load([...minimal, 'qdrant: { url: "https://me:canary@db/zebra?key=canary" }']);
    const shown = describeConfig(config);
    expect(JSON.stringify(shown)).not.toMatch(/canary/);
    expect(shown.find(({ setting }) => setting === 'qdrant.url')?.value).toBe('https://***:***@db/zebra?***');
    expect(shown.find(({ setting }) => setting === 'campaign')).toMatchObject({ value: 'pilot' });
  });
});

describe('the environment', () => {
  it('names the cache folder', () => {
    expect(load(minimal, {}, { ZEBRA_CACHE_DIR: folder }).cacheDir).toBe(folder);
    expect(load(minimal, {}, { XDG_CACHE_HOME: folder }).cacheDir).toBe(join(folder, 'zebra'));
  });

  it('decides on colour', () => {
    expect(colourFromEnvironment({ NO_COLOR: '1', FORCE_COLOR: '1' })).toBe(false);
    expect(colourFromEnvironment({ FORCE_COLOR: '1' })).toBe(true);
    expect(colourFromEnvironment({ TERM: 'dumb' })).toBe(false);
    expect(colourFromEnvironment({})).toBeNull();
  });
});
