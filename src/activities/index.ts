import type { Steps } from '../domain/campaign.ts';
import { createArchive } from './archive.ts';
import { createGenerate } from './generate.ts';
import { createCardOf } from './knowledge.ts';
import { createOpenWork } from './open-work.ts';
import type { Ports } from './ports.ts';
import { createRetrieve } from './retrieve.ts';
import { createSettle } from './settle.ts';
import { step } from './step.ts';
import { createSubstitute } from './substitute.ts';
import { createValidate } from './validate.ts';

/** Every step of the path as Temporal activities over the given ports. */
export function createActivities(ports: Ports): Steps {
  const cardOf = createCardOf(ports.terminologyOf);
  const { openWork, openTargets } = createOpenWork(ports);
  const { failNote, failTarget } = createSettle(ports);
  return {
    openWork: step(openWork),
    openTargets: step(openTargets),
    retrieve: step(createRetrieve(ports, cardOf)),
    substitute: step(createSubstitute(ports, cardOf)),
    generate: step(createGenerate(ports, cardOf)),
    validate: step(createValidate(ports, cardOf)),
    failNote: step(failNote),
    failTarget: step(failTarget),
    archive: step(createArchive(ports)),
  };
}
