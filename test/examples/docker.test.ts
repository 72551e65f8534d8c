import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';
import { parse } from 'yaml';
import { loadConfig } from '../../src/config.ts';

interface Service {
  readonly image: string;
  readonly ports?: readonly string[];
}

const fileOf = (name: string): string => fileURLToPath(new URL(`../../${name}`, import.meta.url));
const { services } = parse(readFileSync(fileOf('docker-compose.yml'), 'utf8')) as { services: Record<string, Service> };
const ports = Object.values(services).flatMap((service) => service.ports ?? []);

describe('docker-compose.yml', () => {
  it('pins every image to a version', () => {
    const loose = Object.values(services).filter(({ image }) => !/:v?\d+\.\d+/.test(image));
    expect(loose).toEqual([]);
  });

  it('opens its ports to this machine only', () => {
    expect(ports.filter((port) => !port.startsWith('127.0.0.1:'))).toEqual([]);
  });

  it('has the services that examples/docker/zebra.yaml points at', () => {
    const config = loadConfig({ file: fileOf('examples/docker/zebra.yaml'), env: {} });
    const published = ports.map((port) => port.split(':').slice(0, 2).join(':'));
    expect(published).toContain(config.temporal.address);
    expect(published).toContain(new URL(config.qdrant.url!).host);
    expect(readFileSync(config.corpus.path, 'utf8')).not.toBe('');
  });
});
