import type { Steps } from '../domain/campaign.ts';
import { isFailureType } from '../domain/failure.ts';
import type { Ports } from './ports.ts';

/** Ends notes that cannot be written, with the reason, so that they are listed and can be replayed. */
export function createSettle({ ledger }: Ports): Pick<Steps, 'failNote' | 'failTarget'> {
  return {
    failNote: (note, type, detail) => ledger.failNote(note, known(type), detail),
    failTarget: (target, type, detail) => ledger.failTarget(target, known(type), detail),
  };
}

function known(type: string) {
  return isFailureType(type) ? type : 'defect';
}
