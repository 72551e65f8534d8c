/**
 * The frames of an error's stack, first to last, as `at step (src/activities/step.ts:30:11)`, without the folder that Zebra lies in.
 *
 * An error's message may quote its input, in several lines that may look like frames, and stands at the head of the stack: it is
 * cut off as a whole, and where it cannot be found there (it was changed later), no frame is told.
 */
export function framesOf(error: unknown): string[] {
  if (!(error instanceof Error) || typeof error.stack !== 'string') return [];
  const end = error.stack.indexOf(error.message);
  if (end < 0) return [];
  return error.stack
    .slice(end + error.message.length)
    .split('\n')
    .filter((line) => /^ {4}at .*:\d+:\d+\)?$/.test(line))
    .map((line) => line.trim().replace(/(?:file:\/\/)?\/[^()]*\/(src|node_modules)\//, '$1/'));
}

/** Class and first frame of an error that is not on the list of failures: all that may be told of it. */
export function placeOf(error: unknown): string {
  if (!(error instanceof Error)) return `of type ${typeof error}`;
  return `${error.constructor.name} ${framesOf(error)[0] ?? 'at an unknown place'}`;
}
