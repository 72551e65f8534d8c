import { assertEgress, hostLabel } from '../domain/egress.ts';
import type { EgressPolicy } from '../domain/egress.ts';
import { DependencyFailure } from '../domain/failure.ts';

export type Fetch = typeof globalThis.fetch;

/**
 * A `fetch` for text that may come from a restricted corpus: it asks the egress policy before it opens a socket, takes a
 * redirect for an error, and reads the whole reply within `timeoutMs` before it answers.
 *
 * Failures are `DependencyFailure`s; an abort by the caller's own signal stays what it is.
 */
export function guardedFetch(egress: EgressPolicy, timeoutMs: number, fetch: Fetch): Fetch {
  return async (input, init) => {
    const url = input instanceof Request ? input.url : input;
    const where = hostLabel(url);
    assertEgress(egress, url);
    const limit = new AbortController();
    const timer = setTimeout(() => limit.abort(), timeoutMs);
    const signals = [limit.signal, ...(init?.signal ? [init.signal] : [])];
    let answered = false;
    try {
      const response = await fetch(url, { ...init, redirect: 'manual', signal: AbortSignal.any(signals) });
      answered = true;
      if (response.type === 'opaqueredirect' || (response.status >= 300 && response.status < 400)) {
        throw new DependencyFailure(
          'egress-refused',
          { where, status: response.status, setting: 'llm.baseUrl' },
          'the endpoint redirects; give the final address',
        );
      }
      const body = await response.text();
      return new Response(body === '' ? null : body, { status: response.status, headers: kept(response) });
    } catch (error) {
      if (error instanceof DependencyFailure || init?.signal?.aborted === true) throw error;
      throw connectionFailure(error, { where, answered, timedOut: limit.signal.aborted });
    } finally {
      clearTimeout(timer);
    }
  };
}

function kept(response: Response): Headers {
  const headers = new Headers({ 'content-type': 'application/json' });
  for (const name of ['retry-after', 'retry-after-ms']) {
    const value = response.headers.get(name);
    if (value !== null) headers.set(name, value);
  }
  return headers;
}

/** Names what happened below HTTP. `answered`: the reply had begun. */
function connectionFailure(
  error: unknown,
  { where, answered, timedOut }: { readonly where: string; readonly answered: boolean; readonly timedOut: boolean },
): DependencyFailure {
  const code = socketCode(error);
  if (timedOut || code === 'UND_ERR_HEADERS_TIMEOUT' || code === 'UND_ERR_BODY_TIMEOUT') {
    return new DependencyFailure('endpoint-timeout', { where });
  }
  if (answered) return new DependencyFailure('reply-cut', { where }, 'the connection ended inside the reply');
  return new DependencyFailure('endpoint-unavailable', { where }, adviceFor(code));
}

function adviceFor(code: string): string {
  if (code === 'ECONNREFUSED') return 'nothing listens there';
  if (code === 'ENOTFOUND' || code === 'EAI_AGAIN') return 'the host name is not known';
  if (/CERT|SELF_SIGNED|ISSUER|SIGNATURE/.test(code)) {
    return 'its TLS certificate is not trusted; NODE_EXTRA_CA_CERTS names further authorities';
  }
  return code === '' ? 'the connection failed' : `the connection failed (${code})`;
}

function socketCode(error: unknown): string {
  for (let inner: unknown = error, depth = 0; inner instanceof Error && depth < 5; inner = inner.cause, depth += 1) {
    const { code } = inner as { code?: unknown };
    if (typeof code === 'string' && /^[A-Z0-9_]{3,60}$/.test(code)) return code;
  }
  return '';
}
