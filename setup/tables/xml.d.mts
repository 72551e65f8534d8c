/** Walks a small, strict XML dialect in document order; throws where it is not well-formed. */
export function walkXml(
  xml: string,
  handler: {
    open(name: string, attributes: Record<string, string>): void;
    close(name: string): void;
    text(text: string): void;
  },
): void;
