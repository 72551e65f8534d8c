import { describe, expect, test } from 'vitest';
import { endingOf, EXIT } from '../../src/cli/exit.ts';
import { ConfigError } from '../../src/config.ts';
import { DependencyFailure } from '../../src/domain/failure.ts';

test('the exit codes are those that scripts rely on', () => {
  expect(EXIT).toEqual({ done: 0, no: 1, usage: 2, dependencyDown: 3, interrupted: 130 });
});

describe('a command that throws ends', () => {
  test('with 2 and every complaint, when the settings are wrong', () => {
    const complaints = ['zebra.yaml:3:1: unknown key', 'zebra.yaml:9:5: must be a number'];
    expect(endingOf(new ConfigError(complaints))).toEqual({ lines: complaints, code: 2 });
  });

  test('with 3 and one line, when a dependency is down', () => {
    const failure = new DependencyFailure('endpoint-unavailable', { status: 503, where: 'h:1' }, 'is it running?');
    expect(endingOf(failure)).toEqual({
      lines: ['endpoint unavailable (HTTP 503) at h:1: is it running?'],
      code: 3,
    });
  });

  test('with 2, when the settings forbid to send text where they send it', () => {
    const failure = new DependencyFailure('egress-refused', { where: 'api.example', setting: 'egress.allow' });
    expect(endingOf(failure)).toMatchObject({ code: 2, lines: [expect.stringContaining('setting: egress.allow')] });
  });

  test.each([
    ['an error', new TypeError('text of a note')],
    ['an error whose lines look like frames', new Error('x\n    at text of a note (a.ts:1:2)')],
    ['an error with a cause', new Error('x', { cause: new Error('text of a note') })],
    ['a text', 'text of a note'],
  ])('with 1 and the place, never the message, on %s that nobody foresaw', (_, error) => {
    const { lines, code } = endingOf(error);
    expect(code).toBe(1);
    expect(lines).toHaveLength(1);
    expect(lines[0]).toMatch(/^unexpected error, please report it: /);
    expect(lines[0]).not.toContain('text of a note');
  });
});
