import type { z } from 'zod';
import { nearest } from '../domain/nearest.ts';
import { keysAt, LATER_CHECKS, settingPaths } from './schema.ts';

/** What the complaints need to know of the settings as given. */
export interface SettingsOrigin {
  /** Where a path's value or key stands, for people. */
  whereIs(path: readonly PropertyKey[], of?: 'key' | 'value'): string;
  /** True when the path was given a value, whatever it is. */
  isGiven(path: readonly PropertyKey[]): boolean;
}

const KINDS: Readonly<Record<string, string>> = {
  string: 'text',
  number: 'a number',
  boolean: 'true or false',
  array: 'a list',
  object: 'a section of key: value',
};

/** zod's issues as lines of where, what and fix. Values are never quoted: one of them may be a secret in the wrong place. */
export function complaintsOf(issues: readonly z.core.$ZodIssue[], origin: SettingsOrigin): string[] {
  return issues.flatMap((issue) => {
    if (issue.code === 'unrecognized_keys') {
      return issue.keys.map((key) => `${origin.whereIs([...issue.path, key], 'key')}: ${unknownKey(issue.path, key)}`);
    }
    const where = origin.whereIs(issue.path);
    const expected = expectation(issue);
    if (!origin.isGiven(issue.path)) return [`${where}: ${nameOf(issue.path)} is missing: ${expected}`];
    return [`${where}: ${nameOf(issue.path)}: ${expected}`];
  });
}

function unknownKey(section: readonly PropertyKey[], key: string): string {
  const name = nameOf([...section, key.slice(0, 60)]);
  if (section.join('.') === 'validation' && LATER_CHECKS.includes(key)) {
    return `${name}: this check is not available in this version; take the line out, or switch it off`;
  }
  const known = keysAt(section) ?? [];
  const [meant] = nearest(key, known);
  if (meant !== undefined) return `unknown key ${name}; did you mean ${meant}?`;
  const elsewhere = settingPaths().find((path) => path.split('.').at(-1) === key);
  if (elsewhere !== undefined) return `unknown key ${name}; did you mean ${elsewhere}?`;
  return `unknown key ${name}; known here: ${known.join(', ')}`;
}

function expectation(issue: z.core.$ZodIssue): string {
  if (issue.code === 'invalid_value')
    return `expected ${issue.values
      .map(String)
      .join(', ')
      .replace(/, ([^,]*)$/, ' or $1')}`;
  if (issue.code === 'invalid_type' && issue.message.startsWith('Invalid input')) {
    return `expected ${KINDS[issue.expected] ?? issue.expected}`;
  }
  return issue.message;
}

function nameOf(path: readonly PropertyKey[]): string {
  return path
    .map((key, index) => (typeof key === 'number' ? `[${key}]` : `${index === 0 ? '' : '.'}${String(key)}`))
    .join('');
}
