import { describe, expect, it } from 'vitest';
import { codeOfCampaign } from '../../src/cli/code-argument.ts';
import { ConfigError } from '../../src/config.ts';

describe('a code on the command line', () => {
  it.each([
    ['E75.21', 'dx', 'E75.21'],
    ['e7521', 'dx', 'E75.21'],
    ['icd10cm/dx/e75.21', 'dx', 'E75.21'],
    ['icd10cm/px/0tjb8zz', 'px', '0TJB8ZZ'],
  ])('%s is taken as people write it', (typed, type, code) => {
    expect(codeOfCampaign('icd10cm', typed)).toEqual({ system: 'icd10cm', type, code });
  });

  it.each(['', 'x', 'foo/bar', 'icd9cm/dx/401.9', 'icd10cm/tx/E75.21', 'icd10cm/dx/E75.21/1', 'icd10cm/dx/E.7521'])(
    'what is no code of the campaign is refused with the form that was expected: "%s"',
    (typed) => {
      expect(() => codeOfCampaign('icd10cm', typed)).toThrow(ConfigError);
    },
  );
});
