import { describe, expect, it } from '@jest/globals';
import { Freshness } from './freshness.js';
import { type ReadProgress } from '@souk/kafka';
import type { KafkaRecord } from '@souk/kafka';

const record: KafkaRecord = { topic: 't', partition: 0, offset: '1', key: 'a', headers: {}, value: null };

describe('MV-5: freshness', () => {
  it('is held up by what failed until the client begins anew, and no longer', async () => {
    let reading: ReadProgress = { readThrough: 1_000, behind: new Map() };
    const freshness = new Freshness(() => reading);
    const failing = freshness.during([record], () => Promise.reject(new Error('refused')));
    await expect(failing).rejects.toThrow('refused');
    reading = { readThrough: 9_000, behind: new Map() };
    expect(freshness.lag(['t'])).toEqual({ asOf: new Date(1_000), messages: new Map([['t', 1]]) });
    reading = { readThrough: undefined, behind: new Map() };
    await freshness.during([record], async () => undefined);
    reading = { readThrough: 9_500, behind: new Map() };
    expect(freshness.lag(['t'])).toEqual({ asOf: new Date(9_500), messages: new Map([['t', 0]]) });
  });
});
