import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import {
  cancel,
  defineSaga,
  done,
  dueAt,
  expire,
  invoke,
  isFinished,
  lost,
  react,
  refused,
  send,
  start,
} from './index.js';
import type { Reply, SagaAction, SagaState } from './index.js';

type Data = readonly string[];
const message = (type: string) => send<Data>(type, ({ parts }) => parts, 1_000);
const call = (type: string) => invoke<Data>(type, () => ['*']);

/** B has one substitute, C two in a row. */
const SUBSTITUTES: Record<string, string> = { B: 'b', C: 'c', c: 'cc' };

const saga = defineSaga<Data>({
  name: 'model',
  version: 1,
  steps: [
    {
      name: 'reserve',
      action: message('reserve'),
      parts: (data) => data,
      alternative: (_, refused) => SUBSTITUTES[refused],
      replies: { reserved: done, 'reserve-refused': refused('short'), expired: lost('expired') },
      undo: { action: message('release'), replies: ['released', 'expired'] },
    },
    {
      name: 'pay',
      action: call('pay'),
      replies: { paid: done, declined: refused('declined') },
      undo: { action: call('void'), replies: ['voided'] },
      giveUp: { afterMs: 20_000, reason: 'timeout' },
    },
    {
      name: 'commit',
      pivot: true,
      settles: ['reserve'],
      action: message('commit'),
      parts: (_, got) => got['reserve'] ?? [],
      replies: { committed: done, 'commit-refused': refused('expired') },
      undo: { action: message('return'), replies: ['returned'] },
    },
    { name: 'capture', action: call('capture'), replies: { captured: done } },
  ],
});

type Effect = 'reserved' | 'committed' | 'paid' | 'captured' | 'gone';

/**
 * The world outside. Messages are applied in the order they were sent but their replies may overtake each other; calls
 * are applied in any order, so that an undo may come before its action, but their replies keep that order.
 */
class World {
  readonly effects = new Map<string, Effect>();
  readonly calls: string[] = [];
  readonly messageReplies: Reply[] = [];
  readonly callReplies: Reply[] = [];
  constructor(private readonly script: { short: string[]; declined: boolean; expires: string[] }) {}

  message(type: string, parts: readonly string[]): void {
    for (const part of parts) this.messageReplies.push({ type: this.answerMessage(type, part), parts: [part] });
  }

  call(at: number): void {
    const [type] = this.calls.splice(at % this.calls.length, 1);
    if (type) this.callReplies.push({ type: this.answerCall(type) });
  }

  expireReservations(): void {
    for (const part of this.script.expires.filter((line) => this.effects.get(line) === 'reserved')) {
      this.effects.set(part, 'gone');
      this.messageReplies.push({ type: 'expired', parts: [part] });
    }
  }

  private answerMessage(type: string, part: string): string {
    const effect = this.effects.get(part);
    if (type === 'reserve') {
      if (!effect && this.script.short.includes(part)) return 'reserve-refused';
      return this.put(part, effect ?? 'reserved', 'reserved');
    }
    if (type === 'release') return effect === 'committed' ? 'too-late-to-release' : this.put(part, 'gone', 'released');
    if (type === 'return') return this.put(part, 'gone', 'returned');
    const live = effect === 'reserved' || effect === 'committed';
    return live ? this.put(part, 'committed', 'committed') : 'commit-refused';
  }

  private answerCall(type: string): string {
    if (type === 'pay') return this.script.declined ? 'declined' : this.put('payment', 'paid', 'paid');
    return type === 'void' ? this.put('payment', 'gone', 'voided') : this.put('payment', 'captured', 'captured');
  }

  private put(what: string, effect: Effect, reply: string): string {
    this.effects.set(what, effect);
    return reply;
  }
}

const lines = ['A', 'B', 'C'];
const move = fc.oneof(
  { weight: 8, arbitrary: fc.record({ do: fc.constant('deliver' as const), at: fc.nat(20), twice: fc.boolean() }) },
  { weight: 4, arbitrary: fc.record({ do: fc.constant('call' as const), at: fc.nat(20) }) },
  { weight: 2, arbitrary: fc.record({ do: fc.constant('tick' as const), ms: fc.integer({ min: 1, max: 9_000 }) }) },
  { weight: 1, arbitrary: fc.record({ do: fc.constant('cancel' as const) }) },
  { weight: 1, arbitrary: fc.record({ do: fc.constant('lapse' as const) }) },
);
type Move = typeof move extends fc.Arbitrary<infer M> ? M : never;
const all = [...lines, ...Object.values(SUBSTITUTES)];
const script = fc.record({ short: fc.subarray(all), declined: fc.boolean(), expires: fc.subarray(all) });

class Run {
  now = 0;
  state: SagaState<Data>;
  readonly completions: SagaAction[] = [];

  constructor(readonly world: World) {
    const first = start(saga, lines, this.now);
    this.state = first.state;
    this.take(first);
  }

  play(step: Move): void {
    if (step.do === 'lapse') this.world.expireReservations();
    else if (step.do === 'cancel') this.take(cancel(saga, this.state, 'cancelled', this.now));
    else if (step.do === 'tick') this.take(expire(saga, this.state, (this.now += step.ms)));
    else if (step.do === 'call') this.world.call(step.at);
    else this.deliver(step.at, step.twice);
  }

  /** The faults are over: everything on its way arrives, every deadline comes. */
  heal(): void {
    for (let round = 0; round < 500; round += 1) {
      if (this.world.calls.length > 0) this.world.call(0);
      else if (this.world.messageReplies.length + this.world.callReplies.length > 0) this.deliver(0, false);
      else if (!isFinished(this.state)) this.take(expire(saga, this.state, (this.now = dueAt(this.state) ?? this.now)));
    }
  }

  private deliver(at: number, twice: boolean): void {
    const { messageReplies, callReplies } = this.world;
    const place = at % (messageReplies.length + 1);
    const [from, index] = place < messageReplies.length ? [messageReplies, place] : [callReplies, 0];
    const [reply] = twice ? from.slice(index, index + 1) : from.splice(index, 1);
    if (reply) this.take(react(saga, this.state, reply, this.now));
  }

  private take(transition: { state: SagaState<Data>; actions: readonly SagaAction[] }): void {
    this.state = transition.state;
    for (const action of transition.actions) {
      if (action.kind === 'complete') this.completions.push(action);
      if (action.kind === 'send') this.world.message(action.type, action.payload as string[]);
      if (action.kind === 'invoke') this.world.calls.push(action.type);
    }
  }
}

describe('any order, repetition and lateness of replies', () => {
  it('ends once, with every effect in place or none', () => {
    const seed = Number(process.env['SOUK_SEED'] ?? process.env['SEED'] ?? Date.now() % 2 ** 31);
    console.info(`fast-check seed ${seed}`);
    const property = fc.property(script, fc.array(move, { maxLength: 60 }), (facts, moves) => {
      const run = new Run(new World(facts));
      moves.forEach((step) => run.play(step));
      run.heal();
      expect(isFinished(run.state)).toBe(true);
      expect(run.completions).toHaveLength(1);
      const effects = [...run.world.effects.values()].filter((effect) => effect !== 'gone').toSorted();
      const bought = ['captured', 'committed', 'committed', 'committed'];
      expect(effects).toEqual(run.state.phase === 'succeeded' ? bought : []);
    });
    fc.assert(property, { seed, numRuns: 1_000 });
  });
});
