import { setTimeout as sleep } from 'node:timers/promises';
import type { WriteReply, WriteRequest, Writer } from '../../src/activities/ports.ts';

/** What a call of the scripted writer does: answers a text or a whole reply, throws, or does as the function says. */
export type Turn =
  | string
  | Partial<WriteReply>
  | Error
  | ((signal: AbortSignal) => Promise<string | Partial<WriteReply>>);

export interface ScriptedWriter extends Writer {
  /** What was sent, in order; a call that was refused its turn is not here. */
  readonly sent: readonly WriteRequest[];
  /** Turns to come; more may be pushed. */
  readonly turns: Turn[];
}

/** A writer that answers by a script. A call that the script does not foresee throws before anything is sent. */
export function createScriptedWriter(...script: readonly Turn[]): ScriptedWriter {
  const turns = [...script];
  const sent: WriteRequest[] = [];
  return {
    model: 'fiction-1',
    host: '127.0.0.1:1',
    contextTokens: 4_000,
    price: { input: 1, output: 2 },
    turns,
    sent,
    countTokens: (text) => Math.ceil(text.length / 4),
    probe: async () => undefined,
    async write(request, { signal, onOpen }) {
      const turn = turns.shift();
      if (turn === undefined) throw new Error('the script foresees no further call');
      await onOpen();
      sent.push(request);
      if (turn instanceof Error) throw turn;
      const reply = typeof turn === 'function' ? await turn(signal) : turn;
      return {
        model: 'fiction-1',
        finishReason: 'stop',
        inputTokens: 600,
        outputTokens: 300,
        ...(typeof reply === 'string' ? { text: reply } : { text: '', ...reply }),
      };
    },
  };
}

/** A turn that never answers: it ends with the signal's reason when the call is cancelled. */
export async function untilCancelled(signal: AbortSignal): Promise<string> {
  await sleep(60_000, undefined, { signal });
  return 'too late';
}
