/** The absolute path of the first CPython >= 3.10 among the programs named; throws one line with the fix when there is none. */
export function findPython(candidates?: string[]): Promise<string>;

/** A Python that has pip: the one given, else a virtual environment made from it in `scratch`. */
export function findPip(python: string, scratch: string): Promise<string>;
