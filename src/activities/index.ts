import type { Steps } from '../domain/campaign.ts';
import { createArchive } from './archive.ts';
import { createGenerate } from './generate.ts';
import { createCardOf } from './knowledge.ts';
import { createOpenWork } from './open-work.ts';
import type { Ports } from './ports.ts';
import { createRetrieve } from './retrieve.ts';
import { createSettle } from './settle.ts';
import { step, waitingStep } from './step.ts';
import { createSubstitute } from './substitute.ts';
import { createValidate } from './validate.ts';

/** Every step of the path as Temporal activities over the given ports. */
export function createActivities(ports: Ports): Steps {
  const cardOf = createCardOf(ports.terminologyOf);
  const { openWork, openTargets } = createOpenWork(ports);
  const { failNote, failTarget } = createSettle(ports);
  const local = <A extends [work: string | { readonly campaign: string }, ...rest: unknown[]], R>(
    run: (...args: A) => Promise<R>,
  ) => waitingStep(ports.ledger, run);
  return {
    openWork: local(openWork),
    openTargets: local(openTargets),
    retrieve: local(createRetrieve(ports, cardOf)),
    substitute: local(createSubstitute(ports, cardOf)),
    generate: step(createGenerate(ports, cardOf)),
    validate: local(createValidate(ports, cardOf)),
    failNote: local(failNote),
    failTarget: local(failTarget),
    archive: local(createArchive(ports)),
  };
}
