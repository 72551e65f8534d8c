import { DependencyFailure } from '../domain/failure.ts';

/** What an error may name: `host:port` and the collection. */
export interface QdrantPlace {
  readonly where: string;
  readonly collection: string;
}

/** The collection holds vectors of another size than the embedding model makes. */
export class QdrantDimensionMismatch extends DependencyFailure {
  override readonly name = 'QdrantDimensionMismatch';
  readonly wanted: number;
  readonly found: number;

  constructor({ where, collection }: QdrantPlace, wanted: number, found: number) {
    super(
      'index-mismatch',
      { where, setting: 'embedding' },
      `collection ${collection} has dimension ${found}, not ${wanted}: go back to the embedding model that it was made with, or ingest into another collection`,
    );
    this.wanted = wanted;
    this.found = found;
  }
}

/**
 * What a failed call to Qdrant means. Qdrant's own words quote the request: nothing of them is kept, nor of the client's error.
 */
export function qdrantFailure(error: unknown, place: QdrantPlace): Error {
  const { status, data, retry_after: retryAfter, cause } = (error ?? {}) as ClientError;
  if (typeof status === 'number') return byStatus(status, wording(data), place);
  const facts = { where: place.where, setting: 'qdrant.url' };
  if (typeof retryAfter === 'number') {
    return new DependencyFailure('rate-limited', { ...facts, status: 429, retryAfterMs: retryAfter * 1000 });
  }
  if (cause instanceof Error && cause.message === 'unexpected redirect') {
    return new DependencyFailure('egress-refused', facts, 'the server redirects; give the final address');
  }
  const code = (cause as { code?: unknown } | undefined)?.code;
  const known = typeof code === 'string' && /^[A-Z0-9_]{3,60}$/.test(code);
  return new DependencyFailure(
    'index-unavailable',
    facts,
    known ? `the connection failed (${code})` : 'no whole answer came',
  );
}

/** The client's errors, by shape: their classes belong to a package of its own. */
interface ClientError {
  readonly status?: unknown;
  readonly data?: unknown;
  readonly retry_after?: unknown;
  readonly cause?: unknown;
}

function wording(data: unknown): string {
  const error = (data as { status?: { error?: unknown } } | undefined)?.status?.error;
  return typeof error === 'string' ? error : '';
}

function byStatus(status: number, words: string, place: QdrantPlace): Error {
  const facts = { where: place.where, setting: 'qdrant.url', status };
  const dimensions = /expected dim: (\d+), got (\d+)/.exec(words);
  if (dimensions !== null) return new QdrantDimensionMismatch(place, Number(dimensions[2]), Number(dimensions[1]));
  if (status === 401 || status === 403) {
    return new DependencyFailure(
      'unauthorized',
      facts,
      'Qdrant does not take this key; it is read from ZEBRA_QDRANT_API_KEY',
    );
  }
  if (status === 507 || /no space left/i.test(words)) {
    return new DependencyFailure(
      'disk-full',
      facts,
      'free some space where Qdrant keeps its data; the embedded one takes nothing in when less than 128 MiB are free',
    );
  }
  if (status === 429) return new DependencyFailure('rate-limited', facts);
  if (status === 404) {
    const advice = `there is no collection ${place.collection}; run: zebra ingest`;
    return new DependencyFailure('index-unavailable', facts, advice);
  }
  if (status === 408 || status >= 500) return new DependencyFailure('index-unavailable', facts);
  return new Error(`Qdrant at ${place.where} refused a request (HTTP ${status}); setting: qdrant.url`);
}
