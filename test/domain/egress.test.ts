import { describe, expect, test } from 'vitest';
import { activeProxies, assertEgress, hostLabel } from '../../src/domain/egress.ts';
import { DependencyFailure } from '../../src/domain/failure.ts';

const refusalOf = (allow: string[], url: string): DependencyFailure | null => {
  try {
    assertEgress({ restricted: true, allow }, url);
    return null;
  } catch (error) {
    return error as DependencyFailure;
  }
};

describe('egress of a restricted corpus', () => {
  test('goes to loopback without being allowed', () => {
    for (const url of [
      'http://127.0.0.1:8000/v1',
      'http://localhost/v1',
      'http://api.localhost/v1',
      'http://[::1]:11434',
      'http://0x7f.1/v1',
      'postgres://me@localhost/zebra',
    ]) {
      expect(refusalOf([], url), url).toBeNull();
    }
  });

  test('goes to no other host unless it is in egress.allow', () => {
    for (const url of [
      'https://api.openai.com/v1',
      'http://0.0.0.0:8000',
      'http://10.0.0.7:8000',
      'http://127.0.0.1.example.org/v1',
      'http://localhost.example.org/v1',
      'postgres://db.example.org/zebra',
    ]) {
      expect(refusalOf(['api.example.org'], url), url).toBeInstanceOf(DependencyFailure);
    }
  });

  test('takes an entry as a host with any port, or as host and port', () => {
    expect(refusalOf(['llm.ward.example'], 'https://LLM.ward.example:8443/v1')).toBeNull();
    expect(refusalOf(['llm.ward.example:8443'], 'https://llm.ward.example:8443/v1')).toBeNull();
    expect(refusalOf(['llm.ward.example:443'], 'https://llm.ward.example/v1')).toBeNull();
    expect(refusalOf(['db.example:5432'], 'postgres://db.example/zebra')).toBeNull();
    expect(refusalOf(['llm.ward.example:8443'], 'https://llm.ward.example:9443/v1')?.type).toBe('egress-refused');
    expect(refusalOf(['example'], 'https://ward.example/v1')?.type).toBe('egress-refused');
  });

  test('names host and setting in a refusal, never credentials, path or query', () => {
    const refusal = refusalOf([], 'https://user:hunter2@api.example.org/v1/secret-path?key=hunter3');
    expect(refusal?.facts).toEqual({ where: 'api.example.org:443', setting: 'egress.allow' });
    expect(refusal?.message).not.toMatch(/hunter|secret-path/);
  });

  test('refuses an address that cannot be read', () => {
    expect(refusalOf(['x'], 'not an address')?.type).toBe('egress-refused');
    expect(hostLabel('not an address')).toBe('unreadable address');
  });

  test('is free for a corpus that is not restricted', () => {
    expect(() => assertEgress({ restricted: false, allow: [] }, 'https://api.openai.com/v1')).not.toThrow();
  });

  test('counts a proxy as a host, on the way to loopback too', () => {
    const policy = {
      restricted: true,
      allow: ['api.example.org'],
      proxies: ['http://me:secret@proxy.example.org:3128'],
    };
    for (const url of ['https://api.example.org/v1', 'http://127.0.0.1:8000/v1']) {
      expect(() => assertEgress(policy, url)).toThrow(
        expect.objectContaining({
          type: 'egress-refused',
          facts: { where: 'proxy.example.org:3128', setting: 'egress.allow' },
        }),
      );
    }
    const allow = ['api.example.org', 'proxy.example.org:3128'];
    expect(() => assertEgress({ ...policy, allow }, 'https://api.example.org/v1')).not.toThrow();
  });
});

describe('the proxies in use', () => {
  const env = { HTTPS_PROXY: 'http://proxy.example.org:3128', http_proxy: 'http://other.example.org' };

  test('are none unless Node is told to heed the environment', () => {
    expect(activeProxies(env, [])).toEqual([]);
    expect(activeProxies({ ...env, NODE_USE_ENV_PROXY: '0' }, [])).toEqual([]);
  });

  test('are those of the environment when it is', () => {
    const both = ['http://other.example.org', 'http://proxy.example.org:3128'];
    expect(activeProxies({ ...env, NODE_USE_ENV_PROXY: '1' }, [])).toEqual(both);
    expect(activeProxies({ ...env, NODE_OPTIONS: '--enable-source-maps --use-env-proxy' }, [])).toEqual(both);
    expect(activeProxies(env, ['--use-env-proxy'])).toEqual(both);
  });
});
