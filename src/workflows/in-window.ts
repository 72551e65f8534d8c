/**
 * Runs `work` over `items` in order with at most `width` in flight, and waits for all of them.
 *
 * @throws the first error, after everything already started has settled
 */
export async function inWindow<T>(items: readonly T[], width: number, work: (item: T) => Promise<void>): Promise<void> {
  const pending = items.values();
  const errors: unknown[] = [];
  const lane = async (): Promise<void> => {
    for (const item of pending) {
      try {
        await work(item);
      } catch (error) {
        errors.push(error);
        return;
      }
      if (errors.length > 0) return;
    }
  };
  await Promise.all(Array.from({ length: Math.max(1, Math.min(width, items.length)) }, lane));
  if (errors.length > 0) throw errors[0];
}
