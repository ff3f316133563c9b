import { describe, expect, it } from '@jest/globals';
import type { Target } from '../target/target.ts';
import { faultOf } from './fault-of.mother.ts';
import { Trial } from './injecting.mother.ts';

/** A shop whose servers were given by their addresses: none of them is a process of its own. */
const given = (): { trial: Trial; asked: string[] } => {
  const asked: string[] = [];
  const process: Target['process'] = async (name) => {
    asked.push(name);
    throw new Error(`runs no process ${name}`);
  };
  return { trial: new Trial({ urls: {}, verbs: { process } }), asked };
};

describe('what is done to a whole server', () => {
  it.each([
    ['cache-flush', {}, 'valkey'],
    ['kafka-topic-loss', { topic: ['activity.v1'] }, 'kafka'],
    ['kafka-retention', { group: 'order-query' }, 'kafka'],
    ['postgres-pool-exhaustion', { database: 'order' }, 'postgres'],
  ])('%s is not done to one that was given: it may hold what belongs to others', async (kind, parameters, server) => {
    const { trial, asked } = given();
    const prepared = faultOf(kind).read(parameters).prepare(trial.injecting());
    await expect(prepared).rejects.toThrow(`runs no process ${server}`);
    expect(asked).toEqual([server]);
  });

  it('others ask for no server', async () => {
    const { trial, asked } = given();
    await faultOf('payment-knobs').read({ latencyMs: 5 }).prepare(trial.injecting());
    expect(asked).toEqual([]);
  });
});
