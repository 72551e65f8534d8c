// Loaded before a program (node --import): breaks it as THROW_WHEN_READY says, as soon as it listens for errors that nothing caught, or
// after a while where it does not.
const text = process.env['THROW_TEXT'] ?? '';
const startedAt = Date.now();

const ways: Readonly<Record<string, () => void>> = {
  error: () => {
    throw quoting();
  },
  parser: () => void JSON.parse(`{"text": "${text}`),
  rejection: () => void Promise.reject(quoting()),
  'bare rejection': () => void Promise.reject(text),
  'bare text': () => {
    throw text;
  },
};

/** Quotes the text in every way that errors can. */
function quoting(): Error {
  const error = new TypeError(`${text}\n    at ${text} (a.ts:1:2)`, { cause: new Error(text) });
  return Object.assign(error, { body: text, details: [text] });
}

// The threads of a program load this file as well; only its main thread listens.
const timer = setInterval(() => {
  if (process.listenerCount('uncaughtException') === 0 && Date.now() - startedAt < 15_000) return;
  clearInterval(timer);
  ways[process.env['THROW_WHEN_READY'] ?? '']?.();
}, 20).unref();
