import { setTimeout as sleep } from 'node:timers/promises';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { Signal } from '@souk/outbox';
import { currentContext, newTraceparent, parseTraceparent } from '@souk/observability';
import { resilient } from '@souk/resilience';
import { waitFor } from '@souk/testing';
import type { RemoteCall, RemoteCalls } from '../persistence/remote-calls.js';
import { CONCURRENCY, PaymentAgent, WAITING } from './payment-agent.js';

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
  let renewed: string[][];
  let nobodys: RemoteCall[];
  let provider: PromiseWithResolvers<void>;
  /** Until then nobody hears what was found. */
  let reading: Promise<void>;
  let wake: Signal;
  let agent: PaymentAgent;

  beforeEach(() => {
    [owed, started, recorded, handedBack, contexts, madeIn] = [[], [], [], [], [], []];
    provider = Promise.withResolvers();
    reading = Promise.resolve();
    wake = new Signal();
    [renewed, nobodys] = [[], []];
    const calls: Pick<RemoteCalls, 'mine' | 'claim' | 'renew' | 'handBack'> = {
      renew: async (underWay, _claimMs, most) => {
        renewed.push([...underWay]);
        const beyond = owed.splice(CONCURRENCY + most);
        nobodys.push(...beyond);
        return beyond.length;
      },
      claim: async (wanted) => {
        const claimed = nobodys.splice(0, wanted);
        owed.push(...claimed);
        return claimed.length;
      },
      mine: async (limit) => {
        const found = owed.slice(0, limit);
        await reading;
        return found;
      },
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
    await waitFor(() => started.length > 0, { what: 'the call' });
    for (let i = 0; i < 3; i++) await wakeUp();
    expect(started).toEqual(['order-1']);
    provider.resolve();
    await waitFor(() => recorded.length > 0, { what: 'its record' });
    expect(recorded).toEqual(['order-1']);
  });

  it('makes a call once that ends while the owed ones are being read', async () => {
    owed = [aCall(1)];
    agent.start();
    await waitFor(() => started.length > 0, { what: 'the call' });
    const read = Promise.withResolvers<void>();
    reading = read.promise;
    await wakeUp();
    provider.resolve();
    await waitFor(() => recorded.length > 0, { what: 'its record' });
    read.resolve();
    await wakeUp();
    expect([started, recorded]).toEqual([['order-1'], ['order-1']]);
  });

  it('has so many under way at most, and takes the rest when one ends', async () => {
    owed = Array.from({ length: CONCURRENCY + 5 }, (_, n) => aCall(n));
    agent.start();
    await waitFor(() => started.length >= CONCURRENCY, { what: 'all hands to be full' });
    for (let i = 0; i < 3; i++) await wakeUp();
    expect(started).toHaveLength(CONCURRENCY);
    provider.resolve();
    await waitFor(() => recorded.length >= CONCURRENCY + 5, { what: 'all records' });
    expect(recorded).toHaveLength(CONCURRENCY + 5);
  });

  it('keeps the claims of those that wait for their turn, not of those that have begun', async () => {
    owed = Array.from({ length: CONCURRENCY + 1 }, (_, n) => aCall(n));
    agent.start();
    await waitFor(() => renewed.length > 0, { what: 'a renewal' });
    expect(renewed[0]).toEqual(owed.slice(0, CONCURRENCY).map(({ orderId }) => orderId));
  });

  it('works off what it did not keep as soon as it has hands free, not so many a second', async () => {
    owed = Array.from({ length: 3 * WAITING }, (_, n) => aCall(n));
    agent.start();
    await waitFor(() => nobodys.length > 0, { what: 'the rest to be left to others' });
    expect(owed).toHaveLength(CONCURRENCY + WAITING);
    const begun = performance.now();
    provider.resolve();
    await waitFor(() => recorded.length === 3 * WAITING, { what: 'all records' });
    // A claim of 32 each second would need seven for those that were left.
    expect(performance.now() - begun).toBeLessThan(4_000);
  });

  it('takes a call that came while all hands were full as soon as one is free', async () => {
    owed = Array.from({ length: CONCURRENCY }, (_, n) => aCall(n));
    agent.start();
    await waitFor(() => started.length === CONCURRENCY, { what: 'all hands to be full' });
    owed = [...owed, aCall(99)];
    await wakeUp();
    provider.resolve();
    await waitFor(() => recorded.includes('order-99'), { what: 'the record of the last' });
  });

  it('SAS-4: ends a call while there is time to give it back: after its claim it may be somebody else’s', async () => {
    const claimMs = 1_100;
    owed = [aCall(1, claimMs)];
    agent.start();
    await waitFor(() => handedBack.includes('order-1'), { what: 'it to be given back', timeoutMs: claimMs });
    owed = [];
  });

  it('finishes at its stop what is under way', async () => {
    owed = [aCall(1)];
    agent.start();
    await waitFor(() => started.length > 0, { what: 'the call' });
    setTimeout(() => provider.resolve(), 100);
    await agent.stop();
    expect(recorded).toEqual(['order-1']);
  });

  it('records the answer in the trace of the order', async () => {
    const traceparent = newTraceparent();
    owed = [{ ...aCall(1), context: { traceparent, correlationId: 'c-1' } }];
    provider.resolve();
    agent.start();
    await waitFor(() => contexts.length === 1, { what: 'the record' });
    const [context] = contexts;
    expect(context).toMatchObject({ correlationId: 'c-1' });
    expect(parseTraceparent(context?.traceparent)?.traceId).toBe(parseTraceparent(traceparent)?.traceId);
  });

  it('makes and records a call of no trace in one of its own', async () => {
    owed = [aCall(1), aCall(2)];
    provider.resolve();
    agent.start();
    await waitFor(() => contexts.length === 2, { what: 'both records' });
    const [made, kept] = [madeIn, contexts.map(({ traceparent }) => traceparent)].map((them) =>
      them.map((traceparent) => parseTraceparent(traceparent)?.traceId),
    );
    expect(made).toEqual(kept);
    expect(made).not.toContain(undefined);
    expect(new Set(made).size).toBe(2);
  });
});
