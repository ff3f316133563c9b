import { z } from 'zod';
import { seconds } from '../experiment/experiment.ts';
import { passwordOf, tellValkey } from '../stores/valkey.ts';
import type { Fault } from './fault.ts';
import { saysTime } from './parameters.ts';
import { repeat } from './repeat.ts';

const MOST = 1_000;

const parameters = z.strictObject({
  /** Again and again; without it once. */
  every: seconds.pipe(z.number().min(100).max(60_000)).optional(),
});
type Parameters = z.output<typeof parameters>;

/** All copies are gone at once, and what counts requests begins at zero. All of it is made anew by use: nothing is to be undone. */
export const cacheFlush: Fault<Parameters> = {
  kind: 'cache-flush',
  summary: 'the shared cache is emptied: all copies of products, all counters',
  on: ['host', 'k8s'],
  own: ['valkey'],
  parameters,
  says: ({ every }) => `the cache emptied${every === undefined ? '' : ` every ${saysTime(every)}`}`,
  async inject({ target, until, background, note }, { every }) {
    const { urls } = target.context;
    const url = urls['VALKEY_URL'];
    if (url === undefined) throw new Error('this shop has no Valkey: its copies are in its processes');
    const flush = (): Promise<void> => tellValkey(url, passwordOf(urls), [['FLUSHALL']]);
    await flush();
    note('the cache is empty');
    if (every !== undefined) background(repeat({ everyMs: every, times: MOST, until }, flush));
  },
};
