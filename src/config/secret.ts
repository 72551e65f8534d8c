import { inspect } from 'node:util';

/** A value that must not be printed by accident: every way of turning it into text but `reveal` masks it. */
export class Secret {
  readonly #value: string;

  constructor(value: string) {
    this.#value = value;
  }

  reveal(): string {
    return this.#value;
  }

  toString(): string {
    return '***';
  }

  toJSON(): string {
    return '***';
  }

  [inspect.custom](): string {
    return '***';
  }
}

/** The URL with user name, password and query replaced by `***`; text that is no URL becomes `***` whole. */
export function maskUrl(url: string): string {
  if (!URL.canParse(url)) return '***';
  const parsed = new URL(url);
  if (parsed.username !== '') parsed.username = '***';
  if (parsed.password !== '') parsed.password = '***';
  if (parsed.search !== '') parsed.search = '?***';
  return parsed.href;
}
