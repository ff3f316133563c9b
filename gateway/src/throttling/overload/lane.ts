import type { GatewaySettings } from '@souk/contracts';
import { type LimitRules, type LimitState, nextLimit } from './adaptive-limit.js';

/** Fewer answers than this say nothing; they are added to those of the next step. */
const ENOUGH = 10;
const BEGINS_AT = 200;

type Bounds = Pick<GatewaySettings, 'shedFloor' | 'shedCeiling'>;

/** A group of routes that share a fate: the requests under way, and how many there may be. */
export class Lane {
  readonly name: string;
  inFlight = 0;
  shed = 0;
  readonly #settings: { readonly value: Bounds };
  #state: LimitState = { limit: BEGINS_AT, baselineMs: 0, pressed: 0 };
  #sumMs = 0;
  #count = 0;
  #mostInFlight = 0;

  constructor(name: string, settings: { readonly value: Bounds }) {
    this.name = name;
    this.#settings = settings;
  }

  /** Within what the settings say now, also before anything was seen. */
  get limit(): number {
    const { shedFloor, shedCeiling } = this.#settings.value;
    return Math.min(shedCeiling, Math.max(shedFloor, this.#state.limit));
  }

  enter(): void {
    this.inFlight += 1;
    if (this.inFlight > this.#mostInFlight) this.#mostInFlight = this.inFlight;
  }

  /** `ms` only of good answers: refusals are fast whatever happens. */
  leave(ms: number | undefined): void {
    this.inFlight -= 1;
    if (ms === undefined) return;
    this.#sumMs += ms;
    this.#count += 1;
  }

  /** Ten times a second. */
  step(rules: LimitRules): void {
    if (this.#count < ENOUGH) return;
    const seen = { meanMs: this.#sumMs / this.#count, count: this.#count, mostInFlight: this.#mostInFlight };
    this.#state = nextLimit(this.#state, seen, rules);
    this.#sumMs = 0;
    this.#count = 0;
    this.#mostInFlight = this.inFlight;
  }
}
