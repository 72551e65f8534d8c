import { setHandler } from '@temporalio/workflow';
import type { Control } from '../domain/campaign.ts';
import { controlSignal } from './messages.ts';

/**
 * Registers the control signal's handler; call it before the first await of the workflow. A command that a later one has
 * overtaken is ignored.
 *
 * @param onHeard called with every command that counts
 * @returns what was heard last
 */
export function followControl(
  start: Control,
  onHeard: (command: 'running' | 'paused', order: number) => void,
): { readonly control: Control } {
  const heard = { control: start };
  setHandler(controlSignal, (command, order = heard.control.order + 1) => {
    if (order <= heard.control.order) return;
    heard.control = { paused: command === 'paused', order };
    onHeard(command, order);
  });
  return heard;
}
