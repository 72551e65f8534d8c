import { DependencyFailure } from './failure.ts';

/** Where the text of a corpus may be sent. */
export interface EgressPolicy {
  /** `corpus.restricted`: when false, text may go anywhere. */
  readonly restricted: boolean;
  /** `egress.allow`: hosts, each as `host` (any port) or `host:port`. */
  readonly allow: readonly string[];
  /** Addresses of the proxies that requests go through, see {@link activeProxies}; they count as hosts. None when left out. */
  readonly proxies?: readonly string[];
}

const defaultPorts: Readonly<Record<string, string>> = {
  'http:': '80',
  'https:': '443',
  'postgres:': '5432',
  'postgresql:': '5432',
};

/**
 * Refuses an address to which the text of a restricted corpus may not go. Loopback is always allowed. A proxy on the way counts as a
 * host that text goes to.
 *
 * @throws DependencyFailure `egress-refused`, naming host and setting, and nothing else of the address
 */
export function assertEgress(policy: EgressPolicy, url: string | URL): void {
  if (!policy.restricted) return;
  assertAllowed(policy, url, 'the corpus is restricted and this host is not allowed to receive its text');
  for (const proxy of policy.proxies ?? []) {
    assertAllowed(policy, proxy, 'the corpus is restricted and this proxy is not allowed to receive its text');
  }
}

/**
 * The proxies that Node's `fetch` goes through: none, unless it is told to heed the environment (Node 24: `NODE_USE_ENV_PROXY=1` or
 * `--use-env-proxy`). `NO_PROXY` is not read: a proxy that stands in the environment may be used.
 *
 * @param execArgv Node's own options, as `process.execArgv`
 */
export function activeProxies(
  env: Readonly<Record<string, string | undefined>>,
  execArgv: readonly string[],
): string[] {
  const options = [...execArgv, ...(env['NODE_OPTIONS'] ?? '').split(/\s+/)];
  if (env['NODE_USE_ENV_PROXY'] !== '1' && !options.includes('--use-env-proxy')) return [];
  const named = ['http_proxy', 'HTTP_PROXY', 'https_proxy', 'HTTPS_PROXY'].map((name) => env[name] ?? '');
  return [...new Set(named.filter((address) => address !== ''))];
}

function assertAllowed(policy: EgressPolicy, url: string | URL, advice: string): void {
  const host = hostOf(url);
  if (host === null) {
    throw new DependencyFailure('egress-refused', { setting: 'egress.allow' }, 'the address cannot be read');
  }
  if (isLoopback(host.name)) return;
  const allowed = policy.allow.some((entry) => {
    const wanted = entry.trim().toLowerCase();
    return wanted === host.name || wanted === `${host.name}:${host.port}`;
  });
  if (!allowed)
    throw new DependencyFailure('egress-refused', { where: hostLabel(url), setting: 'egress.allow' }, advice);
}

/** `host:port` of an address, without credentials, path or query; `unreadable address` when it is none. */
export function hostLabel(url: string | URL): string {
  const host = hostOf(url);
  return host === null ? 'unreadable address' : `${host.name}${host.port === '' ? '' : `:${host.port}`}`;
}

function hostOf(url: string | URL): { readonly name: string; readonly port: string } | null {
  const parsed = URL.parse(String(url));
  if (parsed === null) return null;
  const name = parsed.hostname.toLowerCase().replace(/\.$/, '');
  if (name === '') return null;
  return { name, port: parsed.port === '' ? (defaultPorts[parsed.protocol] ?? '') : parsed.port };
}

function isLoopback(name: string): boolean {
  return name === 'localhost' || name.endsWith('.localhost') || name === '[::1]' || /^127(\.\d{1,3}){3}$/.test(name);
}
