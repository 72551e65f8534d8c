import { createHash } from 'node:crypto';
import { QdrantClient } from '@qdrant/js-client-rest';
import type { IndexedChunk, NoteMatch, VectorIndex } from '../activities/ports.ts';
import { assertEgress, type EgressPolicy } from '../domain/egress.ts';
import { QdrantDimensionMismatch, qdrantFailure, type QdrantPlace } from './qdrant-failure.ts';

export interface QdrantIndexOptions {
  /** `qdrant.url`. Without a port it means 6333, as in all of Qdrant's clients. */
  readonly url: string;
  readonly apiKey: string | null;
  readonly collection: string;
  /** Vectors and labels derive from notes, so they go only where the notes' text may go. */
  readonly egress: EgressPolicy;
  /** Milliseconds that one request may take. */
  readonly timeoutMs?: number;
}

/** Points of one request: 384 dimensions of JSON are about 8 kB, and servers take 32 MB. */
const pointsPerRequest = 256;
const namesPerRequest = 500;

const indexedFields = ['noteId', 'codes'] as const;

interface ChunkPayload {
  readonly noteId: string;
  readonly chunk: number;
  readonly codes: readonly string[];
}

/**
 * A vector index in one collection of a Qdrant server or of the embedded engine. Cosine distance, one point a chunk.
 *
 * Every method throws `DependencyFailure` (`index-unavailable`, `unauthorized`, `rate-limited`, `disk-full`, `egress-refused`) or
 * {@link QdrantDimensionMismatch}; other refusals are plain errors, so that they stay loud. No message quotes what was sent.
 */
export function createQdrantIndex({
  url,
  apiKey,
  collection,
  egress,
  timeoutMs = 60_000,
}: QdrantIndexOptions): VectorIndex {
  const address = addressOf(url);
  const place: QdrantPlace = { where: `${address.hostname}:${address.port}`, collection };
  const client = new QdrantClient({
    url: `${address.protocol}//${address.hostname}`,
    port: address.port,
    prefix: address.prefix,
    // As a header, for `apiKey` makes the client print a warning at each start on loopback.
    headers: apiKey === null ? {} : { 'api-key': apiKey },
    timeout: timeoutMs,
    checkCompatibility: false,
  });
  const api = client.api();
  const here = { collection_name: collection };

  /** A redirect would carry the key, the vectors and the labels to another host. */
  const init: RequestInit = { redirect: 'error' };

  async function ask<Answer>(call: () => Promise<Answer>): Promise<Answer> {
    assertEgress(egress, `${address.protocol}//${place.where}`);
    try {
      return await call();
    } catch (error) {
      throw qdrantFailure(error, place);
    }
  }

  async function createWhenMissing(dimension: number): Promise<void> {
    const { exists } = result(await ask(() => api.collectionExists(here, init)));
    if (exists) return;
    try {
      const vectors = { size: dimension, distance: 'Cosine' } as const;
      await ask(() => api.createCollection({ ...here, vectors }, init));
    } catch (error) {
      // Another process may have been first; then its collection is looked at like any other.
      if (!result(await ask(() => api.collectionExists(here, init))).exists) throw error;
    }
  }

  async function replace(notes: readonly (readonly IndexedChunk[])[]): Promise<void> {
    const chunks = notes.flat();
    const points = chunks.map(({ noteId, chunk, vector, codes }) => ({
      id: pointId(noteId, chunk),
      vector: Array.from(vector),
      payload: { noteId, chunk, codes } satisfies ChunkPayload,
    }));
    await ask(() => api.upsertPoints({ ...here, wait: true, points: points as never }, init));
    const replaced = [...new Set(chunks.map((chunk) => chunk.noteId))];
    const filter = { must: [noteIdIn(replaced)], must_not: [{ has_id: points.map((point) => point.id) }] };
    await ask(() => api.deletePoints({ ...here, wait: true, filter }, init));
  }

  return {
    async ensure(dimension) {
      await createWhenMissing(dimension);
      const { config, payload_schema: schema } = result(await ask(() => api.getCollection(here, init)));
      const { size, distance } = (config.params.vectors ?? {}) as { size?: unknown; distance?: unknown };
      if (typeof size !== 'number' || distance !== 'Cosine') {
        const advice = 'it does not hold one cosine vector a point, so another program made it';
        throw new Error(`collection ${collection} at ${place.where} cannot be used: ${advice}; setting: qdrant.url`);
      }
      if (size !== dimension) throw new QdrantDimensionMismatch(place, dimension, size);
      for (const field of indexedFields) {
        if (schema[field] !== undefined) continue;
        const index = { field_name: field, field_schema: 'keyword' } as const;
        await ask(() => api.createFieldIndex({ ...here, wait: true, ...index }, init));
      }
    },

    async upsert(chunks) {
      const notes = Map.groupBy(chunks, (chunk) => chunk.noteId);
      let batch: IndexedChunk[][] = [];
      let size = 0;
      for (const note of notes.values()) {
        if (size > 0 && size + note.length > pointsPerRequest) {
          await replace(batch);
          batch = [];
          size = 0;
        }
        batch.push(note);
        size += note.length;
      }
      if (size > 0) await replace(batch);
    },

    async remove(noteIds) {
      for (let start = 0; start < noteIds.length; start += namesPerRequest) {
        const filter = { must: [noteIdIn(noteIds.slice(start, start + namesPerRequest))] };
        await ask(() => api.deletePoints({ ...here, wait: true, filter }, init));
      }
    },

    async nearest(vector, { limit, anyCode, exclude = [] }) {
      if (limit < 1 || anyCode?.length === 0) return [];
      const filter = {
        must: anyCode === undefined ? [] : [{ key: 'codes', match: { any: [...anyCode] } }],
        must_not: exclude.length === 0 ? [] : [noteIdIn(exclude)],
      };
      const query = Array.from(vector);
      // Several chunks of one note may fill the answer: ask for more until there are enough notes, or no more points.
      for (let asked = limit * 4; ; asked *= 4) {
        const body = { ...here, query, filter, limit: asked, with_payload: ['noteId'] };
        const { points } = result(await ask(() => api.queryPoints(body, init)));
        const best = bestOfEachNote(points);
        if (best.length >= limit || points.length < asked) return best.slice(0, limit);
      }
    },

    async count() {
      return result(await ask(() => api.countPoints({ ...here, exact: true }, init))).count;
    },
  };
}

function result<Result>(response: { data: { result?: Result } }): Result {
  if (response.data?.result === undefined)
    throw new Error('Qdrant answered without a result: is qdrant.url a Qdrant server?');
  return response.data.result;
}

/** The client reads neither the path of its `url` nor a default port that is written out. */
function addressOf(url: string): { protocol: string; hostname: string; port: number; prefix: string } {
  const parsed = URL.parse(url);
  if (parsed === null || !/^https?:$/.test(parsed.protocol))
    throw new Error('qdrant.url must begin with http:// or https://');
  const defaultPort = parsed.protocol === 'https:' ? 443 : 80;
  const written = new RegExp(`^https?://[^/?#]*:${defaultPort}(?:[/?#]|$)`, 'i').test(url);
  const port = parsed.port === '' ? (written ? defaultPort : 6333) : Number(parsed.port);
  return { protocol: parsed.protocol, hostname: parsed.hostname, port, prefix: parsed.pathname.replace(/\/+$/, '') };
}

function noteIdIn(noteIds: readonly string[]) {
  return { key: 'noteId', match: { any: [...noteIds] } };
}

/** A UUID (version 8, RFC 9562) that is a pure function of note and chunk, so that indexing again overwrites. */
function pointId(noteId: string, chunk: number): string {
  const bytes = createHash('sha256').update(`${noteId}\0${chunk}`).digest().subarray(0, 16);
  bytes.writeUInt8((bytes.readUInt8(6) & 0x0f) | 0x80, 6);
  bytes.writeUInt8((bytes.readUInt8(8) & 0x3f) | 0x80, 8);
  const hex = bytes.toString('hex');
  return [hex.slice(0, 8), hex.slice(8, 12), hex.slice(12, 16), hex.slice(16, 20), hex.slice(20)].join('-');
}

/** `points` come best first, so that the first of a note is its best. */
function bestOfEachNote(points: readonly { score: number; payload?: unknown }[]): NoteMatch[] {
  const best = new Map<string, number>();
  for (const { score, payload } of points) {
    const { noteId } = payload as ChunkPayload;
    if (!best.has(noteId)) best.set(noteId, score);
  }
  return [...best].map(([noteId, score]) => ({ noteId, score }));
}
