import { expect, it } from '@jest/globals';
import { Metrics } from '@souk/observability';
import { InFlight } from './in-flight.js';

it('AGG-6 no more are put together at a time than the setting says; the next one is refused at once', async () => {
  const metrics = new Metrics();
  let limit = 2;
  const pages = new InFlight('pages', metrics, () => limit);
  const gate = Promise.withResolvers<string>();
  const [first, second] = [pages.within(() => gate.promise), pages.within(() => gate.promise)];
  const refused = { code: 'aggregation-busy', kind: 'unavailable', retryAfterSeconds: 1 };
  await expect(pages.within(async () => 'never')).rejects.toMatchObject(refused);
  expect(metrics.render()).toContain('souk_pages_in_flight 2\n');
  limit = 3;
  expect(await pages.within(async () => 'one more')).toBe('one more');
  limit = 1;
  gate.resolve('done');
  expect([await first, await second]).toEqual(['done', 'done']);
  await expect(pages.within(() => Promise.reject(new Error('failed')))).rejects.toThrow('failed');
  expect(await pages.within(async () => 'a place again')).toBe('a place again');
  expect(metrics.render()).toContain('souk_pages_refused_total 1\n');
  expect(metrics.render()).toContain('souk_pages_in_flight 0\n');
});
