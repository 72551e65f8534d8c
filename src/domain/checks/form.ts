import { isMostlyEnglish } from '../language.ts';
import type { ValidationPolicy } from '../revision.ts';
import type { NoteText } from '../sentences.ts';
import type { FormRejection } from '../verdict.ts';

/** Why the model stopped, as the endpoint told it. */
export type FinishReason = 'stop' | 'length' | 'content-filter' | 'other';

/** Words up to which no note is too long: to name and support a set of conditions takes room, however brief a corpus is. */
const roomForAnySet = 250;

/**
 * Whether a reply has the form of a note: some text, whole, in English, of about the length asked for.
 *
 * @param words the length asked for
 */
export function checkForm(
  note: NoteText,
  {
    finishReason,
    words,
    policy,
  }: { readonly finishReason: FinishReason; readonly words: number; readonly policy: ValidationPolicy['form'] },
): FormRejection[] {
  const counted = note.tokens.filter((token) => token.kind !== 'mark').length;
  if (counted === 0) return [{ check: 'form', reason: 'empty' }];
  const rejections: FormRejection[] = [];
  const least = Math.floor(policy.minShare * words);
  const most = Math.max(roomForAnySet, Math.ceil(policy.maxShare * words));
  if (counted < least) rejections.push({ check: 'form', reason: 'too-short', words: counted, limit: least });
  if (counted > most) rejections.push({ check: 'form', reason: 'too-long', words: counted, limit: most });
  if (finishReason === 'length' || finishReason === 'content-filter')
    rejections.push({ check: 'form', reason: 'truncated' });
  if (!isMostlyEnglish(note.tokens)) rejections.push({ check: 'form', reason: 'language' });
  return rejections;
}
