// node test/support/endpoint-main.ts --port 0 --latency 2000 --sigma 0.3 --faults '{"reset":0.02}' --log calls.jsonl
// Prints {"port":…,"url":…} on one line, serves until its standard input closes (with --watch) or it is told to end.
import { parseArgs } from 'node:util';
import { startEndpoint } from './endpoint.ts';
import type { EndpointSettings } from './endpoint.ts';

const { values } = parseArgs({
  options: {
    port: { type: 'string', default: '0' },
    latency: { type: 'string', default: '0' },
    sigma: { type: 'string', default: '0' },
    faults: { type: 'string', default: '{}' },
    'api-key': { type: 'string' },
    models: { type: 'string', default: 'test-model' },
    'context-tokens': { type: 'string' },
    seed: { type: 'string', default: '0' },
    log: { type: 'string' },
    watch: { type: 'boolean', default: false },
  },
});

const settings: EndpointSettings = {
  latency: Number(values.latency),
  sigma: Number(values.sigma),
  faults: JSON.parse(values.faults) as NonNullable<EndpointSettings['faults']>,
  apiKey: values['api-key'] ?? null,
  models: values.models.split(','),
  contextTokens: values['context-tokens'] === undefined ? null : Number(values['context-tokens']),
  seed: Number(values.seed),
};
const endpoint = await startEndpoint(settings, Number(values.port), values.log ?? null);
process.stdout.write(`${JSON.stringify({ port: endpoint.port, url: endpoint.url })}\n`);
if (values.watch) process.stdin.resume().on('end', () => process.exit(0));
process.on('SIGTERM', () => process.exit(0));
