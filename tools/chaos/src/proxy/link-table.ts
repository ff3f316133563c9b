import type { Address } from './connection.ts';
import type { Counts } from './counts.ts';
import { Link, type LinkSpec } from './link.ts';
import type { NamedToxic } from './named-toxic.ts';
import type { Protocol } from './requests.ts';
import { type Toxic } from './toxics.ts';

/** Free pairs of ports are looked for so often. */
const PAIR_TRIES = 50;

/** A link as somebody wants it. */
export interface LinkWish {
  readonly to: Address;
  /** 0: any that is free. */
  readonly listen: Address;
  readonly protocol: Protocol;
  readonly seed: number;
  /**
   * The port so much above the link's leads to the port so much above the server's, whatever toxics there are: where clients find
   * by a fixed distance what is no part of the link, such as whether the server is ready.
   */
  readonly beside?: number;
}

export interface LinkState {
  readonly name: string;
  readonly listen: Address;
  readonly to: Address;
  readonly toxics: readonly NamedToxic[];
  readonly counts: Readonly<Counts>;
}

interface Entry {
  readonly wish: string;
  readonly link: Link;
  readonly beside?: Link;
}

/** All links of a process, by name. */
export class LinkTable {
  readonly #entries = new Map<string, Entry>();
  #turn: Promise<unknown> = Promise.resolve();

  /** Opens a link; one that is there already stays as it is. @throws Error where it is there and is another one */
  ensure(name: string, wish: LinkWish): Promise<LinkState> {
    const opened = this.#turn.then(async () => {
      const known = this.#entries.get(name);
      if (known !== undefined && known.wish !== JSON.stringify(wish)) throw new TypeError(`${name} is another link`);
      if (known === undefined) this.#entries.set(name, await openEntry(name, wish));
      return this.#state(name);
    });
    this.#turn = opened.catch(() => undefined);
    return opened;
  }

  /** Nothing happens where it is not. */
  remove(name: string): Promise<void> {
    const removed = this.#turn.then(async () => {
      const entry = this.#entries.get(name);
      this.#entries.delete(name);
      await Promise.all([entry?.link.close(), entry?.beside?.close()]);
    });
    this.#turn = removed.catch(() => undefined);
    return removed;
  }

  async close(): Promise<void> {
    await Promise.all([...this.#entries.keys()].map((name) => this.remove(name)));
  }

  get isEmpty(): boolean {
    return this.#entries.size === 0;
  }

  states(): LinkState[] {
    return [...this.#entries.keys()].map((name) => this.#state(name));
  }

  /** @throws TypeError where there is no such link */
  async poison(name: string, toxicName: string, toxic: Toxic): Promise<LinkState> {
    await this.#entry(name).link.add(toxicName, toxic);
    return this.#state(name);
  }

  /** Nothing happens where the toxic, or the link, is not. */
  async cure(name: string, toxicName: string): Promise<void> {
    await this.#entries.get(name)?.link.remove(toxicName);
  }

  #state(name: string): LinkState {
    const { spec, toxics, counts } = this.#entry(name).link;
    return { name, listen: spec.listen, to: spec.to, toxics, counts: { ...counts } };
  }

  #entry(name: string): Entry {
    const entry = this.#entries.get(name);
    if (entry === undefined) throw new TypeError(`there is no link ${name}`);
    return entry;
  }
}

async function openEntry(name: string, wish: LinkWish, tries = PAIR_TRIES): Promise<Entry> {
  const { beside: distance, ...rest } = wish;
  const key = JSON.stringify(wish);
  const link = await Link.open({ name, ...rest });
  if (distance === undefined) return { wish: key, link };
  try {
    return { wish: key, link, beside: await Link.open(besideOf(link.spec, distance)) };
  } catch (error) {
    await link.close();
    if (wish.listen.port !== 0 || tries <= 1) throw error;
    return openEntry(name, wish, tries - 1);
  }
}

function besideOf({ name, listen, to, seed }: LinkSpec, distance: number): LinkSpec {
  const above = ({ host, port }: Address): Address => ({ host, port: port + distance });
  return { name: `${name} (beside)`, listen: above(listen), to: above(to), protocol: 'tcp', seed };
}
