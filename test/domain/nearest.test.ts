import { describe, expect, it } from 'vitest';
import { nearest } from '../../src/domain/nearest.ts';

describe('nearest', () => {
  it('finds the name that was meant', () => {
    expect(nearest('allocaton', ['allocation', 'targets', 'location'])).toEqual(['allocation']);
    expect(nearest('baseurl', ['baseUrl', 'model'])).toEqual(['baseUrl']);
    expect(nearest('N18.23', ['N18.2', 'N18.32', 'A00.0'], 2)).toEqual(['N18.2', 'N18.32']);
  });

  it('finds nothing where nothing is near', () => {
    expect(nearest('colour', ['campaign', 'targets'])).toEqual([]);
  });
});
