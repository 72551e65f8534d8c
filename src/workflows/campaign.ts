import {
  allHandlersFinished,
  ApplicationFailure,
  condition,
  continueAsNew,
  executeChild,
  ParentClosePolicy,
  setHandler,
  sleep,
  workflowInfo,
} from '@temporalio/workflow';
import type { CampaignInput } from '../domain/campaign.ts';
import { shardWorkflowId } from '../domain/ids.ts';
import { controlledChildren } from './children.ts';
import { inWindow } from './in-window.ts';
import { progressQuery, workOpenedSignal } from './messages.ts';
import { localSteps } from './proxies.ts';
import { searchableBy } from './search-attributes.ts';
import { shard } from './shard.ts';

/** Shards that run beside each other, so that one slow code does not hold back the codes behind it. */
const overlappingShards = 4;

/** Passes in a row that may leave exactly as many notes open as they found, before the campaign says so and fails. */
const idlePassesAllowed = 10;

/**
 * A campaign: passes over the codes with open notes, shard by shard, until the ledger has none left.
 *
 * The ledger is the authority for what is open, so a pass after a crash, a cancel or a lost history does only what is missing.
 *
 * @throws ApplicationFailure `stalled` when passes no longer change anything
 */
export async function campaign(input: CampaignInput): Promise<void> {
  const children = controlledChildren(input.control);
  const state = { pass: input.pass, workOpened: false, idlePasses: 0, lastOpen: -1 };
  setHandler(workOpenedSignal, () => {
    state.workOpened = true;
  });
  setHandler(progressQuery, () => ({
    pass: state.pass,
    paused: children.control.paused,
    shardsInFlight: children.inFlight,
  }));
  const { openWork } = localSteps();

  for (;;) {
    await children.untilRunning();
    state.workOpened = false;
    const { shards, notes } = await openWork(input.campaign);
    if (shards.length === 0) {
      if (state.workOpened) continue;
      break;
    }
    state.idlePasses = notes === state.lastOpen ? state.idlePasses + 1 : 0;
    if (state.idlePasses > idlePassesAllowed) {
      throw ApplicationFailure.nonRetryable(`${notes} notes stay open pass after pass`, 'stalled');
    }
    if (state.idlePasses > 0) await sleep('5 s');
    state.lastOpen = notes;
    state.pass += 1;

    const window = Math.max(1, Math.ceil(input.window / Math.min(overlappingShards, shards.length)));
    const { pass } = state;
    await inWindow([...shards.entries()], overlappingShards, async ([index, range]) => {
      await children.untilRunning();
      const workflowId = shardWorkflowId(input.ledgerId, input.campaign, pass, index);
      await children.run(workflowId, () =>
        executeChild(shard, {
          workflowId,
          args: [{ ...input, ...range, control: children.control, window }],
          ...searchableBy(input.searchable, { ZebraCampaign: input.campaign }),
          parentClosePolicy: ParentClosePolicy.REQUEST_CANCEL,
          workflowIdReusePolicy: 'ALLOW_DUPLICATE',
        }),
      );
    });
    await children.settled();
    await condition(allHandlersFinished);
    if (workflowInfo().continueAsNewSuggested) {
      await continueAsNew<typeof campaign>({ ...input, pass: state.pass, control: children.control });
    }
  }
  await condition(allHandlersFinished);
}
