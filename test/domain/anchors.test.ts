import { describe, expect, it } from 'vitest';
import { findRelativesWithNotes } from '../../src/domain/anchors.ts';
import type { Rung } from '../../src/domain/code-set.ts';
import type { Code } from '../../src/domain/icd.ts';
import { icd10cm } from '../support/terminology.ts';

const dx = (code: string): Code => ({ system: 'icd10cm', type: 'dx', code });
const counted = (...codes: string[]) => new Map(codes.map((code, index) => [`icd10cm/dx/${code}`, index + 1]));

function walk(target: string, carried: string[], maxRung: Rung = 'chapter') {
  const found = findRelativesWithNotes(icd10cm(), dx(target), counted(...carried), maxRung);
  return found && [found.rung, ...found.candidates.map(({ code }) => code)];
}

describe('findRelativesWithNotes', () => {
  it('stops at the nearest rung that has notes', () => {
    const everywhere = ['E75.22', 'E75.4', 'E71.0', 'E11.9', 'A00.0'];
    expect(walk('E75.21', everywhere)).toEqual(['sibling', 'E75.22']);
    expect(walk('E75.21', everywhere.slice(1))).toEqual(['cousin', 'E75.4']);
    expect(walk('E75.21', everywhere.slice(2))).toEqual(['block', 'E71.0']);
    expect(walk('E75.21', everywhere.slice(3))).toEqual(['chapter', 'E11.9']);
    expect(walk('E75.21', everywhere.slice(4))).toBeNull();
  });

  it('goes no further than it may', () => {
    expect(walk('E75.21', ['E75.4'], 'sibling')).toBeNull();
    expect(walk('E75.21', ['E71.0'], 'cousin')).toBeNull();
    expect(walk('E75.21', ['E11.9'], 'block')).toBeNull();
  });

  it('puts the candidate with the most alike title first', () => {
    expect(walk('M17.11', ['M17.0', 'M17.12', 'M17.2'])?.slice(0, 2)).toEqual(['sibling', 'M17.12']);
  });

  it('never answers with the target itself, a procedure, or a code that nobody carries', () => {
    expect(walk('E75.21', ['E75.21'])).toBeNull();
    const others = new Map([
      ['icd10cm/px/0TJB', 4],
      ['icd10cm/dx/E75.22', 0],
    ]);
    expect(findRelativesWithNotes(icd10cm(), dx('E75.21'), others, 'chapter')).toBeNull();
  });

  it('has no answer for a code that the table does not know', () => {
    expect(walk('N18.23', ['N18.2'])).toBeNull();
  });
});
