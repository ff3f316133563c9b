import { MISSING, PackedMap } from './packed-map.js';

/** A confirmed order as the index counts it. */
export interface Basket {
  /** Stands for the order id, 53 bits. */
  readonly id: number;
  /** Stands for the customer, 53 bits. */
  readonly customer: number;
  /** When it was placed, in ms. */
  readonly at: number;
  /** Numbers of the products (Assortment), each once. */
  readonly items: readonly number[];
}

export interface BasketLimits {
  /** Baskets that count; the oldest leave first. */
  readonly baskets: number;
  /** Baskets of one customer that count, the newest: nobody steers what others see by ordering the same again and again. */
  readonly perCustomer: number;
}

export const LIMITS: BasketLimits = { baskets: 250_000, perCustomer: 50 };

/** As many lines as an order can have (contracts); a longer basket counts with its first. */
const MAX_ITEMS = 50;
const NOTHING: ReadonlyMap<number, number> = new Map();

/**
 * The baskets that count and what follows from them: per product its baskets and distinct buyers, per pair of products how often
 * they were bought together. Every number is the fold of the baskets inside; adding or removing one twice changes nothing.
 * A basket that a limit pushed out is not kept and does not come back when another one leaves: until it loads again, a replica may count
 * a few less than one that loaded later. About 60 bytes a basket of three.
 */
export class BasketIndex {
  readonly #limits: BasketLimits;
  readonly #slots = new PackedMap();
  /** Customer → one of his slots; the others follow by #next. */
  readonly #customers = new PackedMap();
  readonly #baskets: number[] = [];
  readonly #buyers: number[] = [];
  readonly #together: Map<number, number>[] = [];
  #id = new Float64Array(0);
  #customer = new Float64Array(0);
  #at = new Float64Array(0);
  #next = new Int32Array(0);
  #start = new Uint32Array(0);
  #length = new Uint8Array(0);
  #items = new Uint32Array(0);
  #used = 0;
  #itemsUsed = 0;
  #free = MISSING;

  constructor(limits: BasketLimits = LIMITS) {
    this.#limits = limits;
  }

  /** Baskets that count. */
  get size(): number {
    return this.#slots.size;
  }

  /** Pairs of products that were bought together at least once. */
  get pairs(): number {
    return this.#together.reduce((sum, partners) => sum + (partners?.size ?? 0), 0) / 2;
  }

  basketsOf(item: number): number {
    return this.#baskets[item] ?? 0;
  }

  buyersOf(item: number): number {
    return this.#buyers[item] ?? 0;
  }

  /** Product → baskets that hold it beside `item`. */
  togetherWith(item: number): ReadonlyMap<number, number> {
    return this.#together[item] ?? NOTHING;
  }

  /** What a customer bought, in the order of his newest baskets. */
  boughtBy(customer: number): number[] {
    const slots = this.#slotsOf(customer).toSorted((a, b) => this.#compareAge(b, a));
    return [...new Set(slots.flatMap((slot) => [...this.#itemsIn(slot)]))];
  }

  /** Whether it was not there before. */
  add({ id, customer, at, items }: Basket): boolean {
    if (this.#slots.get(id) !== MISSING || items.length === 0) return false;
    const slot = this.#takeSlot();
    this.#id[slot] = id;
    this.#customer[slot] = customer;
    this.#at[slot] = at;
    this.#store(slot, items.slice(0, MAX_ITEMS));
    this.#count(slot, 1);
    this.#slots.set(id, slot);
    this.#next[slot] = this.#customers.get(customer);
    this.#customers.set(customer, slot);
    this.#keepLimits(customer);
    return true;
  }

  /** Whether it was there. */
  remove(id: number): boolean {
    const slot = this.#slots.get(id);
    if (slot === MISSING) return false;
    this.#slots.delete(id);
    this.#unlink(slot);
    this.#count(slot, -1);
    this.#next[slot] = this.#free;
    this.#free = slot;
    return true;
  }

  #keepLimits(customer: number): void {
    const slots = this.#slotsOf(customer);
    if (slots.length > this.#limits.perCustomer) {
      const oldest = slots.reduce((a, b) => (this.#compareAge(a, b) < 0 ? a : b));
      this.remove(this.#id[oldest] ?? 0);
    }
    // A tenth at a time, because finding the oldest means looking at all.
    if (this.size > this.#limits.baskets * 1.1) this.#forgetOldest();
  }

  #forgetOldest(): void {
    const live = this.#liveSlots().sort((a, b) => this.#compareAge(a, b));
    for (const slot of live.slice(0, live.length - this.#limits.baskets)) this.remove(this.#id[slot] ?? 0);
  }

  /** The slots in use, which are those that their id leads to. */
  #liveSlots(): number[] {
    const all = Array.from({ length: this.#used }, (_, slot) => slot);
    return all.filter((slot) => this.#slots.get(this.#id[slot] ?? 0) === slot);
  }

  /** Total: of the same baskets every replica forgets the same ones. */
  #compareAge(a: number, b: number): number {
    return (this.#at[a] ?? 0) - (this.#at[b] ?? 0) || (this.#id[a] ?? 0) - (this.#id[b] ?? 0);
  }

  #slotsOf(customer: number): number[] {
    const slots: number[] = [];
    for (let slot = this.#customers.get(customer); slot !== MISSING; slot = this.#next[slot] ?? MISSING)
      slots.push(slot);
    return slots;
  }

  #unlink(slot: number): void {
    const customer = this.#customer[slot] ?? 0;
    const after = this.#next[slot] ?? MISSING;
    const slots = this.#slotsOf(customer);
    const before = slots[slots.indexOf(slot) - 1];
    if (before !== undefined) this.#next[before] = after;
    else if (after === MISSING) this.#customers.delete(customer);
    else this.#customers.set(customer, after);
  }

  /** The basket's part in every count; called while it is not among the baskets of its customer. */
  #count(slot: number, sign: 1 | -1): void {
    const items = this.#itemsIn(slot);
    const others = this.#slotsOf(this.#customer[slot] ?? 0);
    for (const item of items) {
      this.#baskets[item] = this.basketsOf(item) + sign;
      if (!others.some((other) => this.#holds(other, item))) this.#buyers[item] = this.buyersOf(item) + sign;
      const partners = (this.#together[item] ??= new Map<number, number>());
      for (const partner of items) {
        if (partner === item) continue;
        const count = (partners.get(partner) ?? 0) + sign;
        if (count > 0) partners.set(partner, count);
        else partners.delete(partner);
      }
    }
  }

  #holds(slot: number, item: number): boolean {
    const end = (this.#start[slot] ?? 0) + (this.#length[slot] ?? 0);
    for (let place = this.#start[slot] ?? 0; place < end; place++) if (this.#items[place] === item) return true;
    return false;
  }

  #itemsIn(slot: number): Uint32Array {
    const start = this.#start[slot] ?? 0;
    return this.#items.subarray(start, start + (this.#length[slot] ?? 0));
  }

  #takeSlot(): number {
    const slot = this.#free;
    if (slot !== MISSING) {
      this.#free = this.#next[slot] ?? MISSING;
      return slot;
    }
    if (this.#used === this.#id.length) this.#growSlots();
    return this.#used++;
  }

  #growSlots(): void {
    const capacity = Math.max(1_024, this.#id.length * 2);
    this.#id = grown(this.#id, new Float64Array(capacity));
    this.#customer = grown(this.#customer, new Float64Array(capacity));
    this.#at = grown(this.#at, new Float64Array(capacity));
    this.#next = grown(this.#next, new Int32Array(capacity));
    this.#start = grown(this.#start, new Uint32Array(capacity));
    this.#length = grown(this.#length, new Uint8Array(capacity));
  }

  #store(slot: number, items: readonly number[]): void {
    if (this.#itemsUsed + items.length > this.#items.length) this.#makeRoom();
    this.#start[slot] = this.#itemsUsed;
    this.#length[slot] = items.length;
    this.#items.set(items, this.#itemsUsed);
    this.#itemsUsed += items.length;
  }

  /** Moves what is still in use together, into twice its room. */
  #makeRoom(): void {
    const live = this.#liveSlots();
    const needed = live.reduce((sum, slot) => sum + (this.#length[slot] ?? 0), MAX_ITEMS);
    const items = new Uint32Array(Math.max(4_096, needed * 2));
    let end = 0;
    for (const slot of live) {
      items.set(this.#itemsIn(slot), end);
      this.#start[slot] = end;
      end += this.#length[slot] ?? 0;
    }
    this.#items = items;
    this.#itemsUsed = end;
  }
}

function grown<T extends Float64Array | Int32Array | Uint32Array | Uint8Array>(from: T, to: T): T {
  to.set(from);
  return to;
}
