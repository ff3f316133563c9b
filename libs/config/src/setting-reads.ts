/** Pattern: External Configuration Store. A setting that nobody reads is one that nobody needs: each look at one is counted. */
const HELD = Symbol('held');

interface Handed {
  /** In the order of the keys: an index is found faster than a name, and the gateway reads dozens of them a request. */
  readonly [HELD]: readonly unknown[];
}

export class SettingReads {
  readonly #keys: readonly string[];
  readonly #counts: number[];
  /** Made once, so that what is handed out has one shape, whichever text is in force. */
  readonly #getters: readonly ((this: Handed) => unknown)[];

  constructor(keys: readonly string[]) {
    const counts = keys.map(() => 0);
    this.#keys = keys;
    this.#counts = counts;
    this.#getters = keys.map(
      (_, index) =>
        function (this: Handed): unknown {
          counts[index] = (counts[index] ?? 0) + 1;
          return this[HELD][index];
        },
    );
  }

  /** Since the start, by setting; also of one that has no value, such as a log level that is left to the environment. */
  get counts(): Readonly<Record<string, number>> {
    return Object.fromEntries(this.#keys.map((key, index) => [key, this.#counts[index] ?? 0]));
  }

  /** The same settings, frozen. To show them is not to use them: their JSON counts nothing. */
  handOut<T extends object>(values: T): T {
    const given = new Map<string, unknown>(Object.entries(values));
    const held = this.#keys.map((key) => given.get(key));
    const doors = this.#keys.map((key, index) => [key, { get: this.#getters[index], enumerable: given.has(key) }]);
    const hidden = { [HELD]: { value: held }, toJSON: { value: () => values } };
    return Object.freeze(Object.create(Object.prototype, { ...Object.fromEntries(doors), ...hidden })) as T;
  }
}
