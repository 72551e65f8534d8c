/** A stream of deterministic pseudo-random choices. It is for sampling, never for secrets. */
export interface Random {
  /** Uniform in [0, 1), with 32 bits. */
  next(): number;
  /** Uniform integer in [min, max], both inclusive. */
  integer(min: number, max: number): number;
  /** A new array with the same items in random order (Fisher-Yates). */
  shuffled<T>(items: readonly T[]): T[];
}

/**
 * The stream that belongs to a list of names, the same in every process and on every platform.
 *
 * xoshiro128** (Blackman and Vigna, 2018), seeded by {@link hash128} of the parts. Parts are kept apart, so that
 * ('ab', 'c') and ('a', 'bc') have different streams.
 */
export function randomOf(...parts: readonly (string | number)[]): Random {
  let [a, b, c, d] = hash128(parts);
  if ((a | b | c | d) === 0) d = 1;

  const bits = (): number => {
    const result = Math.imul(rotate(Math.imul(b, 5), 7), 9) >>> 0;
    const shifted = b << 9;
    c ^= a;
    d ^= b;
    b ^= c;
    a ^= d;
    c ^= shifted;
    d = rotate(d, 11);
    return result;
  };
  const next = (): number => bits() / 0x1_0000_0000;
  const integer = (min: number, max: number): number => min + Math.floor(next() * (max - min + 1));

  return {
    next,
    integer,
    shuffled: (items) => {
      const result = [...items];
      for (let last = result.length - 1; last > 0; last -= 1) {
        const other = integer(0, last);
        [result[last], result[other]] = [result[other]!, result[last]!];
      }
      return result;
    },
  };
}

/** A non-negative 31-bit integer that belongs to a list of names: what endpoints take as `seed`. */
export function seedOf(...parts: readonly (string | number)[]): number {
  return (hash128(parts)[0] & 0x7fff_ffff) >>> 0;
}

/** 128 bits out of strings: MurmurHash3's mixing over UTF-16 units, with four lanes. Not cryptographic. */
function hash128(parts: readonly (string | number)[]): [number, number, number, number] {
  let h1 = 1779033703;
  let h2 = 3144134277;
  let h3 = 1013904242;
  let h4 = 2773480762;
  for (const part of parts) {
    const text = `${part}\u0000`;
    for (let index = 0; index < text.length; index += 1) {
      const unit = text.charCodeAt(index);
      h1 = h2 ^ Math.imul(h1 ^ unit, 597399067);
      h2 = h3 ^ Math.imul(h2 ^ unit, 2869860233);
      h3 = h4 ^ Math.imul(h3 ^ unit, 951274213);
      h4 = h1 ^ Math.imul(h4 ^ unit, 2716044179);
    }
  }
  h1 = Math.imul(h3 ^ (h1 >>> 18), 597399067);
  h2 = Math.imul(h4 ^ (h2 >>> 22), 2869860233);
  h3 = Math.imul(h1 ^ (h3 >>> 17), 951274213);
  h4 = Math.imul(h2 ^ (h4 >>> 19), 2716044179);
  return [h1 ^ h2 ^ h3 ^ h4, h2 ^ h1, h3 ^ h1, h4 ^ h1];
}

function rotate(value: number, by: number): number {
  return (value << by) | (value >>> (32 - by));
}
