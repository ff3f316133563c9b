import type { Adapter, AdapterPayload } from 'oidc-provider';

interface Entry {
  readonly payload: AdapterPayload;
  /** Epoch milliseconds. */
  readonly endsAt: number;
}

const MOST = 20_000;

/**
 * Sessions, grants, codes and refresh tokens, in memory: a restart forgets them all, and people sign in again. Access tokens are
 * signed and need no store. When there are too many entries, what has ended goes first, then what is oldest.
 */
export class Store {
  readonly #entries = new Map<string, Entry>();
  /** From what else an entry is found by (uid of a session, user code of a device) to its key. */
  readonly #aliases = new Map<string, string>();
  readonly #now: () => number;
  readonly #most: number;

  /** `now` in epoch milliseconds. */
  constructor(now: () => number, most = MOST) {
    this.#now = now;
    this.#most = most;
  }

  get size(): number {
    return this.#entries.size;
  }

  /** What oidc-provider keeps of one kind. */
  readonly adapter = (kind: string): Adapter => ({
    upsert: async (id, payload, seconds) => this.#put(`${kind}:${id}`, payload, seconds),
    find: async (id) => this.#get(`${kind}:${id}`),
    findByUid: async (uid) => this.#get(this.#aliases.get(`uid:${uid}`)),
    findByUserCode: async (code) => this.#get(this.#aliases.get(`code:${code}`)),
    consume: async (id) => {
      const payload = this.#get(`${kind}:${id}`);
      if (payload !== undefined) payload.consumed = Math.floor(this.#now() / 1_000);
    },
    destroy: async (id) => this.#drop(`${kind}:${id}`),
    revokeByGrantId: async (grantId) => {
      for (const [key, { payload }] of this.#entries) {
        if (payload.grantId === grantId && key.startsWith(`${kind}:`)) this.#drop(key);
      }
    },
  });

  #put(key: string, payload: AdapterPayload, seconds: number | undefined): void {
    this.#drop(key);
    if (this.#entries.size >= this.#most) this.#makeRoom();
    this.#entries.set(key, { payload, endsAt: seconds === undefined ? Infinity : this.#now() + seconds * 1_000 });
    for (const alias of aliasesOf(payload)) this.#aliases.set(alias, key);
  }

  #get(key: string | undefined): AdapterPayload | undefined {
    const entry = key === undefined ? undefined : this.#entries.get(key);
    if (key === undefined || entry === undefined) return undefined;
    if (entry.endsAt > this.#now()) return entry.payload;
    this.#drop(key);
    return undefined;
  }

  #drop(key: string): void {
    const entry = this.#entries.get(key);
    if (entry === undefined) return;
    this.#entries.delete(key);
    for (const alias of aliasesOf(entry.payload)) this.#aliases.delete(alias);
  }

  #makeRoom(): void {
    const now = this.#now();
    for (const [key, { endsAt }] of this.#entries) if (endsAt <= now) this.#drop(key);
    const tenth = Math.ceil(this.#most / 10);
    const oldest = this.#entries.size > this.#most - tenth ? [...this.#entries.keys()].slice(0, tenth) : [];
    for (const key of oldest) this.#drop(key);
  }
}

const aliasesOf = ({ uid, userCode }: AdapterPayload): string[] => [
  ...(uid === undefined ? [] : [`uid:${uid}`]),
  ...(userCode === undefined ? [] : [`code:${userCode}`]),
];
