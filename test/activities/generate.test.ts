import { createHash } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import { CancelledFailure } from '@temporalio/common';
import { afterEach, describe, expect, test, vi } from 'vitest';
import type { WriteReply } from '../../src/activities/ports.ts';
import { DependencyFailure } from '../../src/domain/failure.ts';
import { attemptId } from '../../src/domain/ids.ts';
import { promptText } from '../../src/domain/prompt.ts';
import { seedOf } from '../../src/domain/seed.ts';
import { attempt, attemptRef, noteRef, notFound, rejectedFor, targetRef, tooShort } from '../support/ledger-fixture.ts';
import { untilCancelled } from '../support/scripted-writer.ts';
import { environmentOf, openSteps, type StepsSetup } from '../support/steps.ts';

const ref = attemptRef('E75.22', 1);
const down = () => new DependencyFailure('endpoint-unavailable', { status: 503, where: '127.0.0.1:1' });

/** Steps with the code sets made. */
async function ready(setup: StepsSetup = {}) {
  const steps = await openSteps(setup);
  await steps.run('retrieve', targetRef('E75.22'));
  await steps.run('substitute', targetRef('E75.22'));
  const calls = async () =>
    (await steps.ledger.audit('pilot', targetRef('E75.22'))).notes.flatMap((note) =>
      note.history.flatMap((tried) => tried.calls),
    );
  return { ...steps, calls };
}

afterEach(() => {
  vi.useRealTimers();
});

describe('a call', () => {
  test('is paid once: its reply is committed before the step answers, and a second run does not ask again', async () => {
    const { ledger, writer, run } = await ready({ turns: ['the reply'] });
    expect(await run('generate', ref)).toEqual({ outcome: 'replied' });
    expect(await ledger.reply(ref)).toMatchObject({
      text: 'the reply',
      inputTokens: 600,
      outputTokens: 300,
      cost: 0.0012,
    });
    expect(await run('generate', ref)).toEqual({ outcome: 'replied' });
    expect(writer.sent).toHaveLength(1);
    expect(await ledger.status('pilot')).toMatchObject({
      llm: { calls: 1, inputTokens: 600, outputTokens: 300, cost: 0.0012 },
      budget: { reservedTokens: 0, reservedCost: 0 },
    });
  });

  test('has its intent row, with the worst case reserved, before anything is sent', async () => {
    const reserved: unknown[] = [];
    const { ledger, writer, run } = await ready({
      turns: [
        async () => {
          reserved.push((await ledger.status('pilot')).budget);
          return 'the reply';
        },
      ],
    });
    await run('generate', ref);
    const [request] = writer.sent;
    const prompt = writer.countTokens(promptText(request!.messages));
    expect(reserved).toMatchObject([{ reservedTokens: prompt + 400, reservedCost: (prompt + 2 * 400) / 1_000_000 }]);
  });

  test('asks with the temperature and length of the revision and a seed of its own', async () => {
    const { writer, run } = await ready({ turns: ['one', 'two'] });
    await run('generate', ref);
    await run('generate', attemptRef('E75.22', 2));
    expect(writer.sent[0]).toMatchObject({ temperature: 0.8, maxTokens: 400, seed: seedOf(1, attemptId(ref)) });
    expect(writer.sent[1]!.seed).not.toBe(writer.sent[0]!.seed);
  });

  test('keeps prompt, hash and what was left out for the audit', async () => {
    const { ledger, writer, run, calls } = await ready({ turns: ['the reply'] });
    await run('generate', ref);
    const text = promptText(writer.sent[0]!.messages);
    const [call] = await calls();
    expect(call).toMatchObject({ promptHash: createHash('sha256').update(text).digest('hex') });
    expect(await ledger.text(call!.promptHash)).toBe(text);
  });

  test('shows examples with identifiers removed, and never the anchor', async () => {
    const { ledger, writer, run } = await ready({ turns: ['the reply'] });
    const set = (await ledger.codeSet(ref))!;
    await run('generate', ref);
    const prompt = promptText(writer.sent[0]!.messages);
    const [anchor] = await ledger.sourceNotes('fiction', [set.anchor]);
    const examples = await ledger.sourceNotes('fiction', set.examples);
    expect(examples.length).toBeGreaterThan(0);
    for (const example of examples) expect(prompt).toContain(example.text);
    expect(prompt).not.toContain(anchor!.text);
  });

  test('that finds the reply committed meanwhile by another worker sends nothing', async () => {
    const { ledger, writer, run } = await ready({
      turns: ['never sent'],
      ports: (ports) => ({ ledger: { ...ports.ledger, reply: async () => null } }),
    });
    await attempt(ledger, ref, rejectedFor(tooShort));
    expect(await run('generate', ref)).toEqual({ outcome: 'replied' });
    expect(writer.sent).toEqual([]);
  });

  test('heartbeats while it waits for its turn or its reply', async () => {
    const gate = Promise.withResolvers<string>();
    const { runIn, ledger } = await ready({ turns: [() => gate.promise] });
    const environment = environmentOf({ tries: 1 });
    let beats = 0;
    environment.on('heartbeat', () => (beats += 1));
    vi.useFakeTimers({ toFake: ['setInterval', 'clearInterval'] });
    const running = runIn(environment, 'generate', ref);
    vi.advanceTimersByTime(7_000);
    expect(beats).toBe(3);
    gate.resolve('the reply');
    await running;
    vi.advanceTimersByTime(60_000);
    expect(beats).toBe(3);
    expect(await ledger.reply(ref)).toMatchObject({ text: 'the reply' });
  });

  test('without a code set fails the code', async () => {
    const { run } = await openSteps({ turns: ['never sent'] });
    await expect(run('generate', ref)).rejects.toMatchObject({ type: 'anchor-missing', nonRetryable: true });
  });
});

describe('nothing is sent, and the step says why', () => {
  test('while the campaign is paused', async () => {
    const { ledger, writer, run, calls } = await ready({ turns: ['a', 'b'] });
    await ledger.setControl('pilot', 'paused');
    expect(await run('generate', ref)).toEqual({ outcome: 'parked' });
    expect(writer.sent).toEqual([]);
    expect(await calls()).toEqual([]);
    await ledger.setControl('pilot', 'running');
    expect(await run('generate', ref)).toEqual({ outcome: 'replied' });
  });

  test('after the campaign was cancelled', async () => {
    const { ledger, writer, run, calls } = await ready({ turns: ['a'] });
    await ledger.setControl('pilot', 'cancelled');
    expect(await run('generate', ref)).toEqual({ outcome: 'stopped' });
    expect(writer.sent).toEqual([]);
    expect(await calls()).toEqual([]);
  });

  test('when the call might pass the budget; the campaign waits and says so', async () => {
    const { ledger, writer, run, calls } = await ready({ turns: ['a', 'b'] });
    await ledger.setBudget('pilot', { cost: null, tokens: 300 });
    expect(await run('generate', ref)).toEqual({ outcome: 'parked' });
    expect(writer.sent).toEqual([]);
    expect(await calls()).toEqual([]);
    expect(await ledger.status('pilot')).toMatchObject({
      state: 'waiting',
      reason: expect.stringMatching(/^budget-reached/),
    });
  });

  test('while calls in flight hold what is left of the budget; it is sent when they end for less', async () => {
    const first = Promise.withResolvers<Partial<WriteReply>>();
    const { ledger, writer, run } = await ready({ turns: [() => first.promise, 'the second reply'] });
    const running = run('generate', ref);
    await vi.waitUntil(() => writer.sent.length === 1);
    const { reservedTokens } = (await ledger.status('pilot')).budget;
    // Enough for the 150 tokens that the first really takes and one more worst case, not for two worst cases.
    await ledger.setBudget('pilot', { cost: null, tokens: 150 + reservedTokens + 100 });
    const waiting = run('generate', attemptRef('E75.22', 2));
    await sleep(50);
    expect(writer.sent).toHaveLength(1);
    first.resolve({ text: 'the first reply', inputTokens: 100, outputTokens: 50 });
    expect(await Promise.all([running, waiting])).toEqual([{ outcome: 'replied' }, { outcome: 'replied' }]);
    expect(await ledger.status('pilot')).toMatchObject({ reason: null, llm: { calls: 2 } });
  });

  test('when the note has ended meanwhile', async () => {
    const { ledger, writer, run } = await ready({ turns: ['a'] });
    await ledger.failNote(noteRef('E75.22', 1), 'request-refused', 'ended elsewhere');
    expect(await run('generate', ref)).toEqual({ outcome: 'stopped' });
    expect(writer.sent).toEqual([]);
  });
});

describe('a call that fails', () => {
  test('is recorded with its type and status, gives its reservation back, and is tried again', async () => {
    const { ledger, run, calls } = await ready({ turns: [down(), 'the reply'] });
    await expect(run('generate', ref)).rejects.toMatchObject({
      type: 'endpoint-unavailable',
      nonRetryable: false,
      message: expect.stringContaining('HTTP 503'),
    });
    expect(await calls()).toMatchObject([{ state: 'failed', failure: { type: 'endpoint-unavailable', status: 503 } }]);
    expect(await ledger.status('pilot')).toMatchObject({
      llm: { calls: 0, cost: 0 },
      budget: { reservedTokens: 0, reservedCost: 0 },
    });
    expect(await run('generate', ref)).toEqual({ outcome: 'replied' });
    expect(await calls()).toMatchObject([{ state: 'failed' }, { state: 'replied' }]);
  });

  test('with Retry-After is tried again after that time', async () => {
    const { run } = await ready({
      turns: [new DependencyFailure('rate-limited', { status: 429, retryAfterMs: 42_000 })],
    });
    await expect(run('generate', ref)).rejects.toMatchObject({ type: 'rate-limited', nextRetryDelay: 42_000 });
  });

  test('for a wrong key parks: nothing fails, the campaign waits and says why until a call succeeds', async () => {
    const refused = new DependencyFailure('unauthorized', { status: 401, setting: 'llm.apiKeyEnv' });
    const { ledger, run } = await ready({ turns: [refused, 'the reply'] });
    await expect(run('generate', ref)).rejects.toMatchObject({ type: 'unauthorized', nonRetryable: false });
    expect(await ledger.status('pilot')).toMatchObject({
      state: 'waiting',
      reason: expect.stringMatching(/^unauthorized: .*HTTP 401.*llm\.apiKeyEnv/),
      notes: { failed: 0 },
    });
    await run('generate', ref);
    expect(await ledger.status('pilot')).toMatchObject({ state: 'running', reason: null });
  });

  test("for the prompt's length fails this note at once", async () => {
    const { run, calls } = await ready({ turns: [new DependencyFailure('context-length', { status: 400 })] });
    await expect(run('generate', ref)).rejects.toMatchObject({ type: 'context-length', nonRetryable: true });
    expect(await calls()).toMatchObject([{ state: 'failed', failure: { type: 'context-length', status: 400 } }]);
  });

  test('in an unforeseen way is recorded as a defect', async () => {
    const { run, calls } = await ready({ turns: [new TypeError('x is not a function')] });
    await expect(run('generate', ref)).rejects.toMatchObject({ type: 'defect', nonRetryable: false });
    expect(await calls()).toMatchObject([{ state: 'failed', failure: { type: 'defect', status: null } }]);
  });
});

describe('a prompt on which the endpoint fails ten times', () => {
  test('while it answers others is refused: the note fails', async () => {
    const { run, writer } = await ready({ plan: { 'E75.22': 40 } });
    let last: unknown;
    for (let tries = 0; tries <= 10; tries += 1) {
      writer.turns.push(down(), 'a reply');
      last = await run('generate', ref).catch((error: unknown) => error);
      await sleep(2);
      await run('generate', attemptRef('E75.22', 2 + tries));
    }
    expect(last).toMatchObject({
      type: 'request-refused',
      nonRetryable: true,
      message: expect.stringMatching(/HTTP 503.*answers others/),
    });
  });

  test('while it answers nobody waits for the outage to end', async () => {
    const { run, writer, ledger } = await ready();
    for (let tries = 1; tries <= 12; tries += 1) {
      writer.turns.push(down());
      await expect(run('generate', ref)).rejects.toMatchObject({ type: 'endpoint-unavailable', nonRetryable: false });
    }
    expect(await ledger.status('pilot')).toMatchObject({ state: 'waiting', notes: { failed: 0 } });
  });

  test('during an outage waits too, though it had failed once before the outage', async () => {
    const steps = await ready({ turns: [down(), 'a reply'] });
    await steps.run('generate', ref).catch(() => undefined);
    await sleep(2);
    await steps.run('generate', attemptRef('E75.22', 2));
    for (let tries = 2; tries <= 12; tries += 1) {
      steps.writer.turns.push(down());
      await expect(steps.run('generate', ref)).rejects.toMatchObject({
        type: 'endpoint-unavailable',
        nonRetryable: false,
      });
    }
  });
});

describe('a cancelled call', () => {
  test('ends at once, is recorded, and is no failure', async () => {
    const { ledger, runIn, calls, writer } = await ready({ turns: [untilCancelled] });
    const environment = environmentOf({ tries: 1 });
    const running = runIn(environment, 'generate', ref);
    await vi.waitUntil(() => writer.sent.length === 1);
    environment.cancel();
    await expect(running).rejects.toBeInstanceOf(CancelledFailure);
    expect(await calls()).toMatchObject([{ state: 'failed', failure: { type: 'cancelled', status: null } }]);
    expect((await ledger.status('pilot')).budget).toMatchObject({ reservedTokens: 0, reservedCost: 0 });
  });
});

describe('a reply that the ledger cannot take', () => {
  test('is held on to until it can, and is not asked for again', async () => {
    let refusals = 2;
    const { ledger, run, writer } = await ready({
      turns: ['paid for'],
      ports: (ports) => ({
        ledger: {
          ...ports.ledger,
          closeCall: async (...args) => {
            refusals -= 1;
            if (refusals >= 0) throw new DependencyFailure('disk-full');
            return ports.ledger.closeCall(...args);
          },
        },
      }),
    });
    expect(await run('generate', ref)).toEqual({ outcome: 'replied' });
    expect(writer.sent).toHaveLength(1);
    expect(await ledger.reply(ref)).toMatchObject({ text: 'paid for' });
  });

  test('is given up when the step is cancelled; its reservation stands, for it may have been paid', async () => {
    const { ledger, runIn, calls, writer } = await ready({
      turns: ['paid for'],
      ports: (ports) => ({
        ledger: { ...ports.ledger, closeCall: () => Promise.reject(new DependencyFailure('disk-full')) },
      }),
    });
    const environment = environmentOf({ tries: 1 });
    const running = runIn(environment, 'generate', ref);
    await vi.waitUntil(() => writer.sent.length === 1);
    environment.cancel();
    await expect(running).rejects.toBeInstanceOf(CancelledFailure);
    expect(await calls()).toMatchObject([{ state: 'open' }]);
    expect((await ledger.status('pilot')).budget.reservedTokens).toBeGreaterThan(0);
  });
});

describe('the attempt after a rejected one', () => {
  test('is told the reasons, and that warnings are none', async () => {
    const { ledger, writer, run } = await ready({ turns: ['second'] });
    const verdict = rejectedFor(tooShort, notFound('I10'));
    const warned = { ...verdict.checks[1]!, action: 'warn' as const };
    await attempt(ledger, ref, { ...verdict, checks: [verdict.checks[0]!, warned] });
    await run('generate', attemptRef('E75.22', 1, 2));
    const prompt = promptText(writer.sent[0]!.messages);
    expect(prompt).toContain('WHAT WAS WRONG WITH THE PREVIOUS ATTEMPT\n* The note had only 12 words');
    expect(prompt).not.toContain('was missing: state it');
  });

  test('is told nothing of other notes or earlier rounds', async () => {
    const { ledger, writer, run } = await ready({ turns: ['a reply'], plan: { 'E75.22': 2 } });
    await attempt(ledger, ref, rejectedFor(tooShort), true);
    await run('generate', attemptRef('E75.22', 2));
    expect(promptText(writer.sent[0]!.messages)).not.toContain('WHAT WAS WRONG');
  });
});
