import { readFileSync } from 'node:fs';

/**
 * From the endpoint's log: calls answered, and the seconds from the first call to the last answer, less the first and the last
 * twentieth of the answers, when the pipeline fills and drains.
 */
export function callSpan(log: string): { readonly answered: number; readonly seconds: number } {
  const answers = readFileSync(log, 'utf8')
    .split('\n')
    .filter((line) => line !== '')
    .map((line) => JSON.parse(line) as { event: string; at: number })
    .filter((line) => line.event === 'answered')
    .map((line) => line.at)
    .sort((left, right) => left - right);
  const from = Math.floor(answers.length * 0.05);
  const to = Math.ceil(answers.length * 0.95) - 1;
  const [first, last] = [answers[from] ?? 0, answers[to] ?? 0];
  return { answered: to - from, seconds: (last - first) / 1000 };
}
