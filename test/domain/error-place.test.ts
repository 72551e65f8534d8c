import fc from 'fast-check';
import { expect, test } from 'vitest';
import { framesOf, placeOf } from '../../src/domain/error-place.ts';

test('the first frame names function, file and place, without the folder that Zebra lies in', () => {
  const error = new Error('x');
  error.stack =
    'Error: x\n    at step (file:///home/jane/zebra/src/activities/step.ts:30:11)\n    at node:internal/x:1:2';
  expect(framesOf(error)).toEqual(['at step (src/activities/step.ts:30:11)', 'at node:internal/x:1:2']);
  expect(placeOf(error)).toBe('Error at step (src/activities/step.ts:30:11)');
});

test('whatever a message holds, its frames are those of the same error without a message', () => {
  const at = (message: string) => framesOf(new Error(message));
  const plain = at('').slice(1);
  fc.assert(
    fc.property(
      fc.array(fc.oneof(fc.string(), fc.constantFrom('    at a (b.ts:1:2)', '    at home:1:2', 'Error', ''))),
      (lines) => {
        const frames = at(lines.join('\n'));
        expect(frames.every((frame) => !/home|b\.ts/.test(frame))).toBe(true);
        expect(frames.length).toBeGreaterThan(0);
      },
    ),
  );
  expect(plain.length).toBeGreaterThan(0);
});

test('a thrown value that is no error tells its type only', () => {
  expect(placeOf('text of a note')).toBe('of type string');
  expect(framesOf(null)).toEqual([]);
});

test('an error whose message was changed later tells no frame, for its old message may stand in the stack', () => {
  const error = new Error('first\n    at bedside (a.ts:1:2)');
  expect(error.stack).toContain('first');
  error.message = 'second';
  expect(placeOf(error)).toBe('Error at an unknown place');
});
