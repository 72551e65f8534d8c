/** Reads a Python pickle of plain values and instances of the named classes; throws on anything else. */
export function readPickle(bytes: Buffer, classes: ReadonlySet<string>): unknown;
