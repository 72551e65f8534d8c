import type { FetchWheel } from './parts.mjs';

/** A source that takes wheels from a folder, where they stay. */
export function fromFolder(folder: string): FetchWheel;

/** A source that lets a Python's pip fetch the one file whose hash is pinned. */
export function fromMirror(python: string, scratch: string): FetchWheel;
