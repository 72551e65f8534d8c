import { type QdrantOptions, startQdrant } from '../../src/embedded/qdrant.ts';

/** A process that starts a sidecar, tells its address, and waits to be killed. */
const { url } = await startQdrant(JSON.parse(process.argv[2] ?? '') as QdrantOptions);
process.send?.(url);
