/** Frequency tiers by training count (arXiv 2511.14112; few-shot and zero-shot split its "ultra-tail"). */
export type Tier = 'zero-shot' | 'few-shot' | 'tail' | 'medium' | 'head';

/** Rarest first: the order in which people read them and campaigns run them. */
export const TIERS: readonly Tier[] = ['zero-shot', 'few-shot', 'tail', 'medium', 'head'];

/**
 * The tier of a code seen `count` times in training.
 *
 * 0 zero-shot; 1-9 few-shot; 10-99 tail; 100-999 medium; 1000 and more head.
 */
export function tierOf(count: number): Tier {
  if (count < 1) return 'zero-shot';
  if (count < 10) return 'few-shot';
  if (count < 100) return 'tail';
  if (count < 1000) return 'medium';
  return 'head';
}
