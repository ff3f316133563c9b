/** What `get` gives for a key that is not there; values are never negative. */
export const MISSING = -1;

const FIRST_CAPACITY = 64;

/**
 * Numbers (53-bit keys) → non-negative 32-bit integers in two flat arrays: 12 bytes an entry at twice the entries, where a Map
 * spends about 50 on keys of this size. Open addressing with linear probing; a deletion moves the entries behind it up, so that
 * there are no tombstones.
 */
export class PackedMap {
  #keys = emptyKeys(FIRST_CAPACITY);
  #values = new Int32Array(FIRST_CAPACITY);
  #size = 0;

  get size(): number {
    return this.#size;
  }

  get(key: number): number {
    const place = this.#find(key);
    return this.#keys[place] === key ? (this.#values[place] ?? MISSING) : MISSING;
  }

  set(key: number, value: number): void {
    if ((this.#size + 1) * 2 > this.#keys.length) this.#grow();
    const place = this.#find(key);
    if (this.#keys[place] !== key) this.#size++;
    this.#keys[place] = key;
    this.#values[place] = value;
  }

  delete(key: number): boolean {
    let hole = this.#find(key);
    if (this.#keys[hole] !== key) return false;
    const mask = this.#keys.length - 1;
    for (let next = (hole + 1) & mask; !isEmpty(this.#keys[next]); next = (next + 1) & mask) {
      const home = spread(this.#keys[next] ?? 0) & mask;
      // An entry may move up only if its home does not lie behind the hole.
      if (((next - home) & mask) < ((next - hole) & mask)) continue;
      this.#keys[hole] = this.#keys[next] ?? Number.NaN;
      this.#values[hole] = this.#values[next] ?? 0;
      hole = next;
    }
    this.#keys[hole] = Number.NaN;
    this.#size--;
    return true;
  }

  /** Where the key is, or the empty place where it would be put. */
  #find(key: number): number {
    const mask = this.#keys.length - 1;
    let place = spread(key) & mask;
    while (this.#keys[place] !== key && !isEmpty(this.#keys[place])) place = (place + 1) & mask;
    return place;
  }

  #grow(): void {
    const [keys, values] = [this.#keys, this.#values];
    this.#keys = emptyKeys(keys.length * 2);
    this.#values = new Int32Array(keys.length * 2);
    keys.forEach((key, from) => {
      if (isEmpty(key)) return;
      const place = this.#find(key);
      this.#keys[place] = key;
      this.#values[place] = values[from] ?? 0;
    });
  }
}

const emptyKeys = (capacity: number): Float64Array => new Float64Array(capacity).fill(Number.NaN);
const isEmpty = (key: number | undefined): boolean => Number.isNaN(key);

/** Mixes both halves of the key (the finalizer of MurmurHash3), because keys made of a time share their leading bits. */
function spread(key: number): number {
  let hash = (key >>> 0) ^ Math.imul(Math.floor(key / 2 ** 32), 0x9e3779b1);
  hash = Math.imul(hash ^ (hash >>> 16), 0x85ebca6b);
  hash = Math.imul(hash ^ (hash >>> 13), 0xc2b2ae35);
  return (hash ^ (hash >>> 16)) >>> 0;
}
