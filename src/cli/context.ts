import { styleText } from 'node:util';
import { colourFromEnvironment, type Config, loadConfig } from '../config.ts';

/** Where a command's words go: results to `out`, talk to `talk`. */
export interface Streams {
  /** One line of the command's result, to stdout. */
  out(line: string): void;
  /** One line for people, to stderr. */
  talk(line: string): void;
  /** Rewrites the live view on stderr; does nothing where stderr is no terminal. */
  live(lines: readonly string[]): void;
  readonly isTerminal: boolean;
  readonly columns: number;
}

/** What every command works with. */
export interface CliContext extends Streams {
  readonly config: Config;
  /** Settings given as flags, by dotted path. */
  readonly flags: Readonly<Record<string, unknown>>;
  /** `--json`: nothing but JSON on stdout. */
  readonly json: boolean;
  /** Aborts on Ctrl-C and SIGTERM. */
  readonly signal: AbortSignal;
}

export interface ContextOptions {
  readonly file: string;
  readonly flags: Readonly<Record<string, unknown>>;
  readonly json: boolean;
}

/**
 * Reads zebra.yaml and opens the terminal.
 *
 * @throws ConfigError with every complaint about zebra.yaml
 */
export function openContext({ file, flags, json }: ContextOptions): CliContext {
  const stopping = new AbortController();
  for (const name of ['SIGINT', 'SIGTERM'] as const) process.once(name, () => stopping.abort());
  return { config: loadConfig({ file, flags }), flags, json, signal: stopping.signal, ...terminal() };
}

/** The process's own streams. */
export function terminal(): Streams {
  const { stdout, stderr } = process;
  let shown = 0;
  return {
    isTerminal: stderr.isTTY === true,
    columns: stderr.columns ?? 100,
    out: (line) => void stdout.write(`${line}\n`),
    talk(line) {
      clear();
      stderr.write(`${line}\n`);
    },
    live(lines) {
      if (stderr.isTTY !== true) return;
      clear();
      const width = stderr.columns ?? 100;
      for (const line of lines) stderr.write(`${cut(line, width)}\n`);
      shown = lines.length;
    },
  };

  function clear(): void {
    if (shown > 0) stderr.write(`\u001b[${shown}A\u001b[0J`);
    shown = 0;
  }
}

/** Colours for a stream; plain where it is no terminal or the user asked for none. */
export function paint(style: Parameters<typeof styleText>[0], text: string, isTerminal: boolean): string {
  const colour = colourFromEnvironment() ?? isTerminal;
  return colour ? styleText(style, text, { validateStream: false }) : text;
}

function cut(line: string, width: number): string {
  // oxlint-disable-next-line no-control-regex
  const plain = line.replace(/\u001b\[[0-9;]*m/g, '');
  return plain.length <= width ? line : plain.slice(0, width - 1) + '…';
}
