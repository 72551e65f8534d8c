import { type NoteDetail, type NoteState, openLedger, UnknownRecord } from '../adapters/ledger.ts';
import { ConfigError } from '../config.ts';
import { describeRejection } from '../domain/rejection.ts';
import { sliceCodePoints } from '../domain/tokens.ts';
import { codeOfCampaign } from './code-argument.ts';
import { type CliContext, paint } from './context.ts';
import { EXIT } from './exit.ts';
import { requireCampaign } from './status.ts';

/** Lists planned notes in plan order with how each ended. */
export async function listNotes(context: CliContext, options: Record<string, unknown>): Promise<number> {
  const { config } = context;
  const limit = Number(options['limitRows']);
  if (!Number.isInteger(limit) || limit < 1)
    throw new ConfigError('--limit-rows: expected a whole number of 1 or more');
  const ledger = await openLedger({ path: config.ledgerPath });
  try {
    await requireCampaign(ledger, config.campaign);
    const filter = {
      ...(typeof options['state'] === 'string' ? { states: [options['state'] as NoteState] } : {}),
      ...(typeof options['code'] === 'string' ? { code: codeOfCampaign(config.codeSystem, options['code']) } : {}),
    };
    const notes = await ledger.notes(config.campaign, filter, null, limit);
    if (context.json) context.out(JSON.stringify(notes));
    else
      for (const note of notes)
        context.out(
          `${note.id.padEnd(44)} ${note.state.padEnd(9)} ${note.tier.padEnd(9)} ${note.detail ?? note.reason ?? ''}`,
        );
    if (!context.json && notes.length === limit) context.talk(`the first ${limit}; more with --limit-rows`);
    return EXIT.done;
  } finally {
    await ledger.close();
  }
}

/** Shows one note with its evidence marked, its checks and its lineage; with `--prompt` also what the model was asked. */
export async function showNote(context: CliContext, options: Record<string, unknown>, id: string): Promise<number> {
  const ledger = await openLedger({ path: context.config.ledgerPath });
  try {
    const note = await ledger.note(id).catch((error: unknown) => {
      if (!(error instanceof UnknownRecord)) throw error;
      throw new ConfigError(`no note ${JSON.stringify(id)} in this folder's ledger; zebra notes list shows the ids`);
    });
    const hash = options['prompt'] === true ? note.history.at(-1)?.calls.at(-1)?.promptHash : undefined;
    const prompt = hash === undefined ? null : await ledger.text(hash);
    if (context.json) context.out(JSON.stringify(options['prompt'] === true ? { ...note, prompt } : note));
    else for (const line of noteLines(note, process.stdout.isTTY === true)) context.out(line);
    if (!context.json && prompt !== null) context.out(`\nprompt of the last attempt:\n${prompt}`);
    return EXIT.done;
  } finally {
    await ledger.close();
  }
}

function* noteLines(note: NoteDetail, colour: boolean): Generator<string> {
  yield `${note.id}  ${note.state}  ${note.tier}`;
  if (note.codeSet !== null) {
    const { codes, strategy, rung, anchor, sibling } = note.codeSet;
    yield `codes: ${codes.map((code) => code.code).join(', ')}`;
    yield `lineage: ${strategy}${rung === null ? '' : `, ${rung} ${sibling?.code ?? ''}`}, anchor ${anchor}`;
  }
  const last = note.history.at(-1);
  if (last?.reply !== null && last?.reply !== undefined) {
    yield `model: ${last.reply.model}, attempt ${last.attempt} of round ${last.round}, prompt ${last.calls.at(-1)?.promptHash.slice(0, 16) ?? ''}`;
  }
  for (const check of note.verdict?.checks ?? []) {
    yield `${check.passed ? 'passed' : check.action === 'warn' ? 'warns ' : 'failed'}  ${check.name}`;
    for (const rejection of check.rejections) yield `        ${describeRejection(rejection)}`;
  }
  yield '';
  if (note.text === null) {
    yield '(no text yet)';
    return;
  }
  yield marked(note.text, note.verdict?.evidence ?? [], colour);
  yield '';
  for (const { code, start, end, mode } of note.verdict?.evidence ?? []) {
    yield `${code.code.padEnd(10)} ${start}-${end}  ${mode}  “${sliceCodePoints(note.text, start, end)}”`;
  }
}

/** The text with its evidence underlined, or in brackets where there is no colour; overlapping spans are joined. */
function marked(
  text: string,
  evidence: readonly { readonly start: number; readonly end: number }[],
  colour: boolean,
): string {
  const points = Array.from(text);
  const inside = new Uint8Array(points.length);
  for (const { start, end } of evidence) inside.fill(1, start, end);
  let shown = '';
  for (let from = 0; from < points.length;) {
    let to = from;
    while (to < points.length && inside[to] === inside[from]) to += 1;
    const part = points.slice(from, to).join('');
    shown += inside[from] === 1 ? (colour ? paint(['underline', 'green'], part, true) : `[${part}]`) : part;
    from = to;
  }
  return shown;
}
