import type { CodeSystem, CodeType } from './icd.ts';

export type EntryKind = 'chapter' | 'block' | 'code';

/** Notes of the tabular list, in its own words; each stands at one entry and holds for everything below it. */
export interface EntryNotes {
  readonly inclusionTerms: readonly string[];
  readonly includes: readonly string[];
  readonly excludes1: readonly string[];
  readonly excludes2: readonly string[];
  readonly codeFirst: readonly string[];
  readonly useAdditional: readonly string[];
  readonly codeAlso: readonly string[];
}

/** One node of a classification: a chapter (`CH04`), a block (`BLK:E70-E88`) or a code of any depth. */
export interface CodeEntry extends EntryNotes {
  readonly code: string;
  readonly title: string;
  /** CMS's abbreviated title, where the table has one (ICD-9-CM codes). */
  readonly shortTitle: string | null;
  readonly kind: EntryKind;
  readonly parent: string | null;
  /** A code with nothing below it, neither a subdivision nor a code with a 7th character. */
  readonly leaf: boolean;
}

/**
 * A classification's hierarchy. Every function but `find` takes a code as `resolve` does; of a code that the table does not know they
 * return nothing.
 */
export interface Terminology {
  readonly system: CodeSystem;
  readonly type: CodeType;
  readonly release: string;
  find(code: string): CodeEntry | undefined;
  /** Also finds a code cut short and filled up with placeholders: `S02.5XX` is S02.5. */
  resolve(code: string): { readonly entry: CodeEntry; readonly how: 'exact' | 'placeholder' } | undefined;
  children(code: string): CodeEntry[];
  /** Nearest first: codes, then the block, then the chapter. */
  ancestors(code: string): CodeEntry[];
  /** The other entries with the same parent. */
  siblings(code: string): CodeEntry[];
  /** The codes (no blocks) of every depth below an entry, in the order of the tabular list. */
  descendants(code: string): Iterable<CodeEntry>;
  /** Whether `code` lies anywhere below `ancestor`. */
  isDescendant(code: string, ancestor: string): boolean;
  /** The code's three-character category (four characters in an ICD-9-CM E code); of a category, itself. */
  category(code: string): CodeEntry | undefined;
  block(code: string): CodeEntry | undefined;
  chapter(code: string): CodeEntry | undefined;
}

type Sparse<T> = readonly (readonly [row: number, value: T])[];

/**
 * A table as `setup/build-tables.mjs` writes it: rows in the order of the tabular list (a parent before its children, subtrees
 * contiguous) as parallel arrays, and what few rows have as `[row, value]` pairs.
 */
export interface TerminologyTable {
  readonly format: 1;
  readonly system: CodeSystem;
  readonly type: CodeType;
  readonly release: string;
  readonly sources: readonly {
    readonly part: string;
    readonly version: string;
    readonly file: string;
    readonly sha256: string;
  }[];
  readonly codes: readonly string[];
  /** One letter a row: `c` chapter, `b` block, `.` code. */
  readonly kinds: string;
  readonly titles: readonly string[];
  /** Row of the parent; -1 for a chapter. */
  readonly parents: readonly number[];
  readonly shortTitles: Sparse<string>;
  readonly notes: { readonly [Note in keyof EntryNotes]?: Sparse<readonly string[]> };
  readonly extensionSets: readonly (readonly Extension[])[];
  /** Which set of 7th characters a row takes. */
  readonly extensions: Sparse<number>;
}

/** A 7th character, what it says, and its inclusion terms. */
interface Extension {
  readonly character: string;
  readonly text: string;
  readonly terms: readonly string[];
}

/** A row of the table, and the 7th character where the code is not a row of its own. */
interface Place {
  readonly row: number;
  readonly extension: Extension | null;
}

const KINDS: Record<string, EntryKind> = { c: 'chapter', b: 'block', '.': 'code' };
const LONGEST_CODE = 8;
const NO_NOTES: EntryNotes = {
  inclusionTerms: [],
  includes: [],
  excludes1: [],
  excludes2: [],
  codeFirst: [],
  useAdditional: [],
  codeAlso: [],
};

/** `S02.5` is `S02.5XX`: the first six characters of its codes with a 7th. */
const stemOf = (code: string): string => (code.length === 3 ? `${code}.` : code).padEnd(LONGEST_CODE - 1, 'X');

/** The code without its trailing placeholders, one fewer each time; never shorter than a category. */
function* withoutPlaceholders(code: string): Generator<string> {
  for (let end = code.length; end > 3 && /[X.]/.test(code.charAt(end - 1)); end -= 1) {
    const shorter = code.slice(0, end - 1);
    if (!shorter.endsWith('.')) yield shorter;
  }
}

/**
 * The hierarchy over a table. Codes with a 7th character (51,305 in ICD-10-CM) are no rows: they are made when asked for.
 *
 * @throws Error when a row comes before its parent
 */
export function createTerminology(table: TerminologyTable): Terminology {
  const { codes, titles, parents, kinds } = table;
  const rows = new Map(codes.map((code, row) => [code, row]));
  const shortTitles = new Map(table.shortTitles);
  const extensionSets = new Map(table.extensions);
  const notes = Object.entries(table.notes).map(([kind, sparse]) => [kind, new Map(sparse)] as const);
  const ends = subtreeEnds(parents);

  const endOf = (row: number) => ends[row] ?? row + 1;
  const parentOf = (row: number) => parents[row] ?? -1;
  const kindOf = (row: number): EntryKind | undefined => KINDS[kinds.charAt(row)];
  const extensionsOf = (row: number) => table.extensionSets[extensionSets.get(row) ?? -1] ?? [];

  const locate = (code: string): Place | undefined => {
    const row = rows.get(code);
    if (row !== undefined) return { row, extension: null };
    if (code.length !== LONGEST_CODE) return undefined;
    const stem = code.slice(0, -1);
    for (const base of [stem, ...withoutPlaceholders(stem)]) {
      const baseRow = rows.get(base);
      const extension = baseRow && extensionsOf(baseRow).find(({ character }) => character === code.at(-1));
      if (baseRow !== undefined && extension) return { row: baseRow, extension };
    }
    return undefined;
  };

  const resolvePlace = (code: string): { place: Place; how: 'exact' | 'placeholder' } | undefined => {
    const exact = locate(code);
    if (exact !== undefined) return { place: exact, how: 'exact' };
    for (const shorter of withoutPlaceholders(code)) {
      const place = locate(shorter);
      if (place !== undefined) return { place, how: 'placeholder' };
    }
    return undefined;
  };

  const entryAt = ({ row, extension }: Place): CodeEntry => {
    const code = codes[row] ?? '';
    const title = titles[row] ?? '';
    if (extension !== null) {
      return {
        ...NO_NOTES,
        code: stemOf(code) + extension.character,
        title: `${title}, ${extension.text}`,
        shortTitle: null,
        kind: 'code',
        parent: code,
        leaf: true,
        inclusionTerms: extension.terms.map((term) => `${title}, ${term}`),
      };
    }
    return {
      ...NO_NOTES,
      ...Object.fromEntries(notes.flatMap(([kind, byRow]) => (byRow.has(row) ? [[kind, byRow.get(row)]] : []))),
      code,
      title,
      shortTitle: shortTitles.get(row) ?? null,
      kind: kindOf(row) ?? 'code',
      parent: codes[parentOf(row)] ?? null,
      leaf: kindOf(row) === 'code' && endOf(row) === row + 1 && !extensionSets.has(row),
    };
  };

  const extendedAt = (row: number): CodeEntry[] => extensionsOf(row).map((extension) => entryAt({ row, extension }));

  const childrenAt = ({ row, extension }: Place): CodeEntry[] => {
    if (extension !== null) return [];
    const children = extendedAt(row);
    for (let child = row + 1; child < endOf(row); child = endOf(child))
      children.push(entryAt({ row: child, extension: null }));
    return children;
  };

  /** Rows from the nearest ancestor up to the chapter. */
  const ancestorRows = ({ row, extension }: Place): number[] => {
    const up: number[] = [];
    for (let at = extension === null ? parentOf(row) : row; at >= 0; at = parentOf(at)) up.push(at);
    return up;
  };

  const nearestRow = (code: string, wanted: (row: number) => boolean): CodeEntry | undefined => {
    const place = resolvePlace(code)?.place;
    if (place === undefined) return undefined;
    const row = [place.row, ...ancestorRows({ row: place.row, extension: null })].find(wanted);
    return row === undefined ? undefined : entryAt({ row, extension: null });
  };

  return {
    system: table.system,
    type: table.type,
    release: table.release,
    find(code) {
      const place = locate(code);
      return place && entryAt(place);
    },
    resolve(code) {
      const found = resolvePlace(code);
      return found && { entry: entryAt(found.place), how: found.how };
    },
    children(code) {
      const found = resolvePlace(code);
      return found === undefined ? [] : childrenAt(found.place);
    },
    ancestors(code) {
      const found = resolvePlace(code);
      return found === undefined ? [] : ancestorRows(found.place).map((row) => entryAt({ row, extension: null }));
    },
    siblings(code) {
      const found = resolvePlace(code);
      const self = found && entryAt(found.place);
      const parent = found && ancestorRows(found.place)[0];
      if (self === undefined || parent === undefined) return [];
      return childrenAt({ row: parent, extension: null }).filter((entry) => entry.code !== self.code);
    },
    *descendants(code) {
      const place = resolvePlace(code)?.place;
      if (place === undefined || place.extension !== null) return;
      yield* extendedAt(place.row);
      for (let row = place.row + 1; row < endOf(place.row); row += 1) {
        if (kindOf(row) === 'code') yield entryAt({ row, extension: null });
        yield* extendedAt(row);
      }
    },
    isDescendant(code, ancestor) {
      const below = resolvePlace(code)?.place;
      const above = resolvePlace(ancestor)?.place;
      if (below === undefined || above === undefined || above.extension !== null) return false;
      return ancestorRows(below).includes(above.row);
    },
    category: (code) => nearestRow(code, (row) => kindOf(row) === 'code' && kindOf(parentOf(row)) !== 'code'),
    block: (code) => nearestRow(code, (row) => kindOf(row) === 'block'),
    chapter: (code) => nearestRow(code, (row) => kindOf(row) === 'chapter'),
  };
}

/** For each row the row after its last descendant. */
function subtreeEnds(parents: readonly number[]): Int32Array {
  const ends = Int32Array.from(parents, (_, row) => row + 1);
  for (let row = parents.length - 1; row >= 0; row -= 1) {
    const parent = parents[row] ?? -1;
    if (parent >= row) throw new Error(`terminology table: row ${row} comes before its parent`);
    if (parent >= 0) ends[parent] = Math.max(ends[parent] ?? 0, ends[row] ?? 0);
  }
  return ends;
}
