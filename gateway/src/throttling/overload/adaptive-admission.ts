import { type GatewaySettings, SOFT_LIMIT } from '@souk/contracts';
import { type LimitRules, stepped } from './adaptive-limit.js';
import { Admission, type Leave } from './admission.js';
import { type Class, classify, LANE_NAMES, type Priority } from './classify.js';
import { Lane } from './lane.js';
import { nextPressure } from './pressure.js';
import { nextSoftLimit, RELAXED, type SoftLimit } from './soft-limit.js';

/** Of every limit, those who look around leave this much to those who buy, and what nobody waits for leaves more. */
const SHARES: Readonly<Record<Priority, number>> = { checkout: 1, browse: 0.9, bulk: 0.75 };
/** Of all requests together the process alone is the limit. */
const TOTAL_CEILING = 100_000;
const TOTAL_FLOOR = 16;
/** A long poll costs memory, no time of anybody. */
const MOST_WAITING = 2_000;

type Settings = Pick<GatewaySettings, 'shedTolerance' | 'shedSlackMs' | 'shedFloor' | 'shedCeiling' | 'shedLoopMs'>;

/**
 * Adaptive concurrency limits: one for each group of routes, by how much slower its answers get, and one for the process, by how late
 * its event loop is. Nothing waits here: what is too much is told so at once.
 */
export class AdaptiveAdmission extends Admission {
  readonly lanes: ReadonlyMap<string, Lane>;
  readonly #settings: { readonly value: Settings };
  #total = { inFlight: 0, most: 0, limit: 1_000 };
  #shedBefore = 0;
  #soft: SoftLimit = RELAXED;
  #pressure = 0;

  constructor(settings: { readonly value: Settings }) {
    super();
    this.#settings = settings;
    this.lanes = new Map(LANE_NAMES.map((name) => [name, new Lane(name, settings)]));
  }

  get essentialOnly(): boolean {
    return this.#soft.isEngaged;
  }

  get limit(): number {
    return this.#total.limit;
  }

  /** How late the event loop was in the last seconds, of what closes the door: 1 is the hard limit, `SOFT_LIMIT` the soft one. */
  get pressure(): number {
    return this.#pressure;
  }

  get inFlight(): number {
    return this.#total.inFlight;
  }

  enter(method: string, target: string): Leave | undefined {
    const wanted = classify(method, target);
    const lane = this.lanes.get(wanted.lane);
    if (lane === undefined) return undefined;
    if (!this.#hasRoom(lane, wanted)) {
      lane.shed += 1;
      return undefined;
    }
    lane.enter();
    if (wanted.waits) return () => lane.leave(undefined);
    const total = this.#total;
    total.inFlight += 1;
    if (total.inFlight > total.most) total.most = total.inFlight;
    return (ms) => {
      total.inFlight -= 1;
      lane.leave(ms);
    };
  }

  /** Ten times a second: `loopMs` is how late the event loop was since the last time; `now` in epoch milliseconds. */
  step(loopMs: number, now: number): void {
    const {
      shedFloor: floor,
      shedCeiling: ceiling,
      shedTolerance: tolerance,
      shedSlackMs: slackMs,
      shedLoopMs,
    } = this.#settings.value;
    const rules: LimitRules = { floor, ceiling, tolerance, slackMs };
    for (const lane of this.lanes.values()) lane.step(rules);
    const total = this.#total;
    const bounds = { floor: TOTAL_FLOOR, ceiling: TOTAL_CEILING };
    total.limit = stepped(total.limit, shedLoopMs / Math.max(loopMs, 0.001), total.most, bounds);
    total.most = total.inFlight;
    const share = loopMs / shedLoopMs;
    this.#pressure = nextPressure(this.#pressure, share);
    this.#soft = nextSoftLimit(this.#soft, this.#softPressure(share), now);
  }

  #hasRoom({ inFlight, limit }: Lane, { priority, waits }: Class): boolean {
    if (waits) return inFlight < MOST_WAITING;
    const share = SHARES[priority];
    // Without any of its own under way, one is always let in: else nothing could be learned.
    return (inFlight < limit * share && this.#total.inFlight < this.#total.limit * share) || inFlight === 0;
  }

  /** 1 at the soft limit of the loop, and wherever something was shed. */
  #softPressure(share: number): number {
    const shed = [...this.lanes.values()].reduce((sum, lane) => sum + lane.shed, 0);
    const hasShed = shed > this.#shedBefore;
    this.#shedBefore = shed;
    return Math.max(hasShed ? 1 : 0, share / SOFT_LIMIT);
  }
}
