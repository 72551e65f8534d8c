import { executeChild, ParentClosePolicy } from '@temporalio/workflow';
import type { ShardInput } from '../domain/campaign.ts';
import { codeWorkflowId } from '../domain/ids.ts';
import { controlledChildren } from './children.ts';
import { code } from './code.ts';
import { inWindow } from './in-window.ts';
import { localSteps } from './proxies.ts';
import { searchableBy } from './search-attributes.ts';

/** A range of the plan: one workflow per code that still has open notes, a bounded number of them at a time. */
export async function shard(input: ShardInput): Promise<void> {
  const children = controlledChildren(input.control);
  const { openTargets } = localSteps();

  const targets = await openTargets(input.campaign, { from: input.from, to: input.to });
  await inWindow(targets, input.window, async ({ target, tier }) => {
    await children.untilRunning();
    const workflowId = codeWorkflowId(input.ledgerId, target);
    await children.run(workflowId, () =>
      executeChild(code, {
        workflowId,
        args: [{ target, control: children.control, searchable: input.searchable, notesPerCode: input.notesPerCode }],
        ...searchableBy(input.searchable, {
          ZebraCampaign: input.campaign,
          ZebraCode: `${target.system}/${target.type}/${target.code}`,
          ZebraTier: tier,
          ZebraState: 'running',
        }),
        parentClosePolicy: ParentClosePolicy.REQUEST_CANCEL,
        workflowIdReusePolicy: 'ALLOW_DUPLICATE',
      }),
    );
  });
  await children.settled();
}
