import { describeConfig } from '../config.ts';
import type { CliContext } from './context.ts';
import { EXIT } from './exit.ts';

/** Prints every setting in force and where it comes from; secrets are never settings. */
export async function showConfig(context: CliContext): Promise<number> {
  const settings = describeConfig(context.config);
  if (context.json) {
    context.out(JSON.stringify(settings));
    return EXIT.done;
  }
  const width = Math.max(...settings.map(({ setting }) => setting.length));
  for (const { setting, value, origin } of settings) {
    context.out(`${setting.padEnd(width)}  ${JSON.stringify(value)}${origin === 'default' ? '' : `  (${origin})`}`);
  }
  return EXIT.done;
}
