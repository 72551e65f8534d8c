import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { gunzipSync } from 'node:zlib';
import { describe, expect, it } from 'vitest';
import type { SourceNote } from '../../src/activities/ports.ts';
import { loadConfig } from '../../src/config.ts';
import { readNamedCodes } from '../../src/config/named-codes.ts';
import { openCorpus } from '../../src/corpora/open-corpus.ts';
import { type CodeKey, codeKey } from '../../src/domain/icd.ts';
import { planTargets } from '../../src/domain/plan.ts';
import { RUNGS, rungBetween } from '../../src/domain/relatives.ts';
import { icd10cm, terminologyOf } from '../support/terminology.ts';
import { testData } from '../support/test-data.ts';

const config = loadConfig({
  file: fileURLToPath(new URL('../../examples/pilot/zebra.yaml', import.meta.url)),
  env: {},
});
const corpus = await openCorpus(config.corpus, config.codeSystem);
const entries = await Array.fromAsync(corpus.read());
const notes = entries.flatMap((entry) => ('note' in entry ? [entry.note] : []));
const counts = countCodes(notes);
const named = readNamedCodes(config, terminologyOf).map(({ code }) => code);

function countCodes(all: readonly SourceNote[]): Map<CodeKey, number> {
  const found = new Map<CodeKey, number>();
  for (const key of all.flatMap(({ codes }) => codes.map(codeKey))) found.set(key, (found.get(key) ?? 0) + 1);
  return found;
}

const wordsOf = (note: SourceNote): number => note.text.split(/\s+/).length;
const carried = [...new Set(notes.flatMap(({ codes }) => codes.map(({ code }) => code)))];
const codesSeen = (from: number, to: number): number =>
  [...counts.values()].filter((count) => count >= from && count <= to).length;
const bestRung = (target: string) =>
  carried
    .map((code) => rungBetween(icd10cm(), target, code))
    .filter((rung) => rung !== null)
    .sort((left, right) => RUNGS.indexOf(left) - RUNGS.indexOf(right))[0] ?? null;

describe('the pilot corpus', () => {
  it('is read without a problem, at least 120 notes with ids of their own', () => {
    expect(entries.filter((entry) => 'problem' in entry)).toEqual([]);
    expect(notes.length).toBeGreaterThanOrEqual(120);
    expect(new Set(notes.map(({ id }) => id)).size).toBe(notes.length);
  });

  it('says of each note that it is fiction', () => {
    expect(entries.map((entry) => 'meta' in entry && entry.meta)).toEqual(
      notes.map(() => expect.objectContaining({ fiction: true, service: expect.any(String) })),
    );
    expect(corpusReadme()).toMatch(/every note is fiction/i);
  });

  it('knows the sex and age of everybody, newborn to very old', () => {
    const ages = notes.map(({ age }) => age ?? -1).sort((left, right) => left - right);
    expect(ages[0]).toBe(0);
    expect(ages.at(-1)).toBeGreaterThanOrEqual(90);
    expect(ages.at(-1)).toBeLessThanOrEqual(110);
    expect(new Set(notes.map(({ sex }) => sex))).toEqual(new Set(['F', 'M']));
  });

  it('has short notes and long ones', () => {
    const lengths = notes.map(wordsOf).sort((left, right) => left - right);
    expect(lengths[0]).toBeGreaterThanOrEqual(60);
    expect(lengths[0]).toBeLessThanOrEqual(100);
    expect(lengths.at(-1)).toBeGreaterThanOrEqual(300);
    expect(lengths.at(-1)).toBeLessThanOrEqual(400);
  });

  it('is not written from a mould: no two notes share ten words in a row', () => {
    const runs = notes.flatMap(({ text }) => {
      const words = text.toLowerCase().match(/\w+/g) ?? [];
      return [...new Set(words.slice(9).map((_, start) => words.slice(start, start + 10).join(' ')))];
    });
    expect(new Set(runs).size).toBe(runs.length);
  });

  it('has a long tail: over 150 codes, most of them once or twice, a few often', () => {
    expect(counts.size).toBeGreaterThanOrEqual(150);
    expect(codesSeen(1, 2)).toBeGreaterThanOrEqual(120);
    expect(codesSeen(10, 99)).toBeGreaterThanOrEqual(6);
    expect(codesSeen(10, 99)).toBeLessThanOrEqual(20);
    expect(codesSeen(100, Infinity)).toBe(0);
  });

  it('prints no code in a text, and no name, date or number of a person', () => {
    const codeLike = new RegExp(`\\b[A-Z]\\d[0-9A-Z]\\.[0-9A-Z]{1,4}\\b|\\b(?:${carried.map(bare).join('|')})\\b`);
    const personal = /\b(?:Mr|Mrs|Ms|Dr|MRN)\b|\d{1,2}[/-]\d{1,2}[/-]\d{2,4}|\b(?:19|20)\d\d\b|\d{6,}/;
    expect(notes.filter(({ text }) => codeLike.test(text) || personal.test(text)).map(({ id }) => id)).toEqual([]);
  });

  it('carries only billable codes of the table', ({ skip }) => {
    const file = testData('icd10cm/icd10cm-2026-04.jsonl.gz');
    if (file === null) return skip('no test data: icd10cm/icd10cm-2026-04.jsonl.gz');
    const billable = new Set(
      gunzipSync(readFileSync(file))
        .toString()
        .trim()
        .split('\n')
        .map((line): { code: string; leaf: boolean } => JSON.parse(line))
        .flatMap(({ code, leaf }) => (leaf ? [code] : [])),
    );
    expect([...carried, ...named].filter((code) => !billable.has(code))).toEqual([]);
  });

  it('carries only codes that the tables of a clone know', () => {
    expect(carried.filter((code) => icd10cm().resolve(code) === undefined)).toEqual([]);
  });
});

describe('the zero-shot targets of the pilot', () => {
  it('are not in the corpus', () => {
    expect(named).toHaveLength(12);
    expect(named.filter((code) => carried.includes(code))).toEqual([]);
  });

  it('have relatives in it on every rung, and one has none', () => {
    const rungs = named.map(bestRung);
    expect(rungs.filter((rung) => rung === 'sibling' || rung === 'cousin').length).toBeGreaterThanOrEqual(10);
    expect(rungs).toContain('sibling');
    expect(rungs).toContain('cousin');
    expect(rungs.filter((rung) => rung === 'block')).toHaveLength(1);
    expect(rungs.filter((rung) => rung === null || rung === 'chapter')).toHaveLength(1);
  });

  it('make a plan of a few hundred notes together with few-shot codes; the one without relatives is listed', () => {
    const plan = planTargets({
      counts,
      selection: config.targets,
      named: readNamedCodes(config, terminologyOf),
      allocation: config.allocation,
      maxRung: config.substitution.maxRung,
      terminologyOf,
    });
    expect(plan.unplanned).toEqual([expect.objectContaining({ reason: 'no-relative', trainingCount: 0 })]);
    expect(plan.tiers.map(({ tier, codes }) => [tier, codes > 0])).toEqual([
      ['zero-shot', true],
      ['few-shot', true],
      ['tail', false],
      ['medium', false],
      ['head', false],
    ]);
    expect(plan.notes).toBeGreaterThanOrEqual(150);
    expect(plan.notes).toBeLessThanOrEqual(350);
  });
});

function bare(code: string): string {
  return code.replace('.', '\\.?');
}

function corpusReadme(): string {
  return readFileSync(new URL('../../examples/pilot/README.md', import.meta.url), 'utf8');
}
