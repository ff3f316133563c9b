import { setTimeout as sleep } from 'node:timers/promises';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { Signal } from '@souk/outbox';
import { currentContext, newTraceparent, parseTraceparent } from '@souk/observability';
import { resilient } from '@souk/resilience';
import type { RemoteCall, RemoteCalls } from '../persistence/remote-calls.js';
import { CONCURRENCY, PaymentAgent } from './payment-agent.js';

const quiet = { warn: () => undefined, error: () => undefined };
const aCall = (n: number, leftMs = 10_000): RemoteCall => ({
  orderId: `order-${n}`,
  operation: 'authorise',
  payload: `order-${n}`,
  context: {},
  leftMs,
});

describe('the payment agent', () => {
  let owed: RemoteCall[];
  let started: string[];
  let recorded: string[];
  let contexts: RemoteCall['context'][];
  /** The traceparent that went with each call. */
  let madeIn: (string | undefined)[];
  let handedBack: string[];
  let claims: number;
  let renewed: string[][];
  let provider: PromiseWithResolvers<void>;
  let wake: Signal;
  let agent: PaymentAgent;

  beforeEach(() => {
    [owed, started, recorded, handedBack, contexts, madeIn] = [[], [], [], [], [], []];
    provider = Promise.withResolvers();
    wake = new Signal();
    [claims, renewed] = [0, []];
    const calls: Pick<RemoteCalls, 'mine' | 'claim' | 'renew' | 'handBack'> = {
      renew: async (underWay) => void renewed.push([...underWay]),
      claim: async () => ++claims,
      mine: async (limit) => owed.slice(0, limit),
      handBack: async ({ orderId }) => void handedBack.push(orderId),
    };
    const carryOut = async ({ payload }: Pick<RemoteCall, 'payload'>) => {
      started.push(String(payload));
      madeIn.push(currentContext()?.traceparent);
      await provider.promise;
      return { type: 'payment.authorised' };
    };
    agent = new PaymentAgent({
      calls: calls as RemoteCalls,
      claimMs: 10_000,
      payment: { carryOut },
      policy: resilient({ name: 'payment', timeoutMs: 5_000 }),
      record: async ({ orderId, context }) => {
        recorded.push(orderId);
        contexts.push(context);
        owed = owed.filter((call) => call.orderId !== orderId);
      },
      wake,
      logger: quiet,
    });
  });
  afterEach(async () => {
    provider.resolve();
    await agent.stop();
  });
  const wakeUp = async (): Promise<void> => {
    wake.notify();
    await sleep(20);
  };

  it('makes a call once, however often it is woken meanwhile', async () => {
    owed = [aCall(1)];
    agent.start();
    for (let i = 0; i < 3; i++) await wakeUp();
    expect(started).toEqual(['order-1']);
    provider.resolve();
    await sleep(20);
    expect(recorded).toEqual(['order-1']);
  });

  it('has so many under way at most, and takes the rest when one ends', async () => {
    owed = Array.from({ length: CONCURRENCY + 5 }, (_, n) => aCall(n));
    agent.start();
    for (let i = 0; i < 3; i++) await wakeUp();
    expect(started).toHaveLength(CONCURRENCY);
    provider.resolve();
    await sleep(50);
    expect(recorded).toHaveLength(CONCURRENCY + 5);
  });

  it('keeps the claims of those that wait for their turn, not of those that have begun', async () => {
    owed = Array.from({ length: CONCURRENCY + 1 }, (_, n) => aCall(n));
    agent.start();
    await sleep(1_300);
    expect(renewed).toEqual([owed.slice(0, CONCURRENCY).map(({ orderId }) => orderId)]);
  });

  it('takes a call that came while all hands were full as soon as one is free', async () => {
    owed = Array.from({ length: CONCURRENCY }, (_, n) => aCall(n));
    agent.start();
    await wakeUp();
    owed = [...owed, aCall(99)];
    await wakeUp();
    provider.resolve();
    await sleep(50);
    expect(recorded).toContain('order-99');
  });

  it('SAS-4: ends a call while there is time to give it back: after its claim it may be somebody else’s', async () => {
    owed = [aCall(1, 1_100)];
    agent.start();
    await sleep(500);
    expect(handedBack).toContain('order-1');
    owed = [];
  });

  it('finishes at its stop what is under way', async () => {
    owed = [aCall(1)];
    agent.start();
    await sleep(20);
    setTimeout(() => provider.resolve(), 100);
    await agent.stop();
    expect(recorded).toEqual(['order-1']);
  });

  it('records the answer in the trace of the order', async () => {
    const traceparent = newTraceparent();
    owed = [{ ...aCall(1), context: { traceparent, correlationId: 'c-1' } }];
    provider.resolve();
    agent.start();
    await wakeUp();
    const [context] = contexts;
    expect(context).toMatchObject({ correlationId: 'c-1' });
    expect(parseTraceparent(context?.traceparent)?.traceId).toBe(parseTraceparent(traceparent)?.traceId);
  });

  it('makes and records a call of no trace in one of its own', async () => {
    owed = [aCall(1), aCall(2)];
    provider.resolve();
    agent.start();
    await wakeUp();
    const [made, kept] = [madeIn, contexts.map(({ traceparent }) => traceparent)].map((them) =>
      them.map((traceparent) => parseTraceparent(traceparent)?.traceId),
    );
    expect(made).toEqual(kept);
    expect(made).not.toContain(undefined);
    expect(new Set(made).size).toBe(2);
  });
});
