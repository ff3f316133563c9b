import { type PageParts, Parts } from './parts.js';

/** Variant `aggregation-serial`: one part after another, and a page only when all of them came. */
export class SerialParts extends Parts {
  readonly #parts: PageParts;

  constructor(parts: PageParts) {
    super();
    this.#parts = parts;
  }

  forPage(): PageParts {
    const parts = this.#parts;
    let last: Promise<unknown> = Promise.resolve();
    const next = <T>(get: () => Promise<T>): Promise<T> => {
      const mine = last.then(get);
      // The page may have failed by then, and nobody listen.
      last = mine.catch(() => undefined);
      return mine;
    };
    return {
      required: (name, call) => next(() => parts.required(name, call)),
      optional: (name, call) => next(async () => ({ value: await parts.required(name, call), missing: [], aged: [] })),
    };
  }
}
