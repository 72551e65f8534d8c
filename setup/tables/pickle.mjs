// A restricted reader of Python pickles: only the opcodes that plain object trees are written with. A class becomes the plain
// object of its attributes, and only the classes named by the caller are accepted, so that reading runs nothing.

const MARK = Symbol('mark');

/**
 * Reads a pickle of protocol 2 or 3 that holds None, booleans, strings, lists, dicts and instances of the named classes.
 *
 * @param {Buffer} bytes
 * @param {ReadonlySet<string>} classes  accepted classes, as `module.Name`
 * @returns {unknown} instances are plain objects, shared and cyclic references kept
 * @throws Error on any other opcode or class, naming it and its offset
 */
export function readPickle(bytes, classes) {
  let at = 0;
  const stack = [];
  const memo = new Map();
  const line = () => {
    const end = bytes.indexOf(0x0a, at);
    const text = bytes.toString('latin1', at, end);
    at = end + 1;
    return text;
  };
  const u32 = () => bytes.readUInt32LE((at += 4) - 4);
  const u8 = () => bytes[at++];
  const sinceMark = () => stack.splice(stack.lastIndexOf(MARK)).slice(1);
  const recall = (key) => {
    if (!memo.has(key)) throw new Error(`pickle refers to an unset memo entry at offset ${at}`);
    stack.push(memo.get(key));
  };
  const setAll = (target, pairs) => {
    for (let i = 0; i < pairs.length; i += 2) target[pairs[i]] = pairs[i + 1];
  };
  const operations = {
    '\x80': () => void u8(),
    c: () => {
      const name = `${line()}.${line()}`;
      if (!classes.has(name)) throw new Error(`pickle names a class that is not accepted: ${name}`);
      stack.push(name);
    },
    ')': () => stack.push([]),
    '\x81': () => void stack.splice(-2, 2, {}),
    '}': () => stack.push({}),
    ']': () => stack.push([]),
    '(': () => stack.push(MARK),
    N: () => stack.push(null),
    '\x88': () => stack.push(true),
    '\x89': () => stack.push(false),
    X: () => {
      const length = u32();
      stack.push(bytes.toString('utf8', at, at + length));
      at += length;
    },
    q: () => memo.set(u8(), stack.at(-1)),
    r: () => memo.set(u32(), stack.at(-1)),
    h: () => recall(u8()),
    j: () => recall(u32()),
    a: () => {
      const value = stack.pop();
      stack.at(-1).push(value);
    },
    e: () => {
      const values = sinceMark();
      stack.at(-1).push(...values);
    },
    u: () => {
      const pairs = sinceMark();
      setAll(stack.at(-1), pairs);
    },
    b: () => {
      const state = stack.pop();
      Object.assign(stack.at(-1), state);
    },
  };
  while (at < bytes.length) {
    const opcode = String.fromCharCode(u8());
    if (opcode === '.') return stack.pop();
    const operation = operations[opcode];
    if (operation === undefined)
      throw new Error(`pickle opcode ${JSON.stringify(opcode)} at offset ${at - 1} is not read`);
    operation();
  }
  throw new Error('pickle ends without a STOP');
}
