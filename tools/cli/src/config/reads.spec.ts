import { afterEach, beforeEach, describe, expect, it, jest } from '@jest/globals';
import { routeTable, serviceSettings, sharedSettings } from '@souk/contracts';
import { MemoryPlace } from './place.mother.ts';
import { reads } from './reads.ts';

const schemas = { ...serviceSettings, routes: routeTable, global: sharedSettings, environment: sharedSettings };

describe('CFG-13 ./souk config reads', () => {
  let place: MemoryPlace;
  const printed = () => jest.mocked(console.log).mock.calls.flat().join('\n');
  beforeEach(() => {
    place = new MemoryPlace();
    jest.spyOn(console, 'log').mockImplementation(() => undefined);
  });
  afterEach(() => void jest.restoreAllMocks());

  it('tells of each setting how often which process has read it, and of which nobody has', async () => {
    place.replicasEach = 2;
    place.metrics.set('order-1', 'process_start_time_seconds 1732212000\n');
    place.reads.set('order-1', { returnDays: 1_200, logLevel: 1, healthAccess: 1, healthSeconds: 1 });
    place.reads.set('order-2', { returnDays: 34, snapshotEvery: 0, healthTestStatus: 1 });
    expect(await reads(place, schemas, 'order')).toMatchObject({
      settings: expect.arrayContaining([
        { name: 'order.returnDays', reads: 1_234, by: { 'order-1': 1_200, 'order-2': 34 } },
        { name: 'order.snapshotEvery', reads: 0, by: {} },
      ]),
      unread: ['order.snapshotEvery'],
      processes: [{ replica: 'order-1', since: '2024-11-21T18:00:00.000Z' }, { replica: 'order-2' }],
    });
    expect(printed()).toMatch(/order\.returnDays +1,234 {2}order-1 1,200, order-2 34\n/);
    expect(printed()).toContain('read by nobody yet: order.snapshotEvery');
  });

  it('counts those of another deployable that goes by the same settings', async () => {
    place.reads.set('aggregation-1', { pagesInFlight: 9 });
    const { settings } = (await reads(place, schemas, 'gateway')) as { settings: { name: string; by: object }[] };
    expect(settings.find(({ name }) => name === 'gateway.pagesInFlight')?.by).toEqual({ 'aggregation-1': 9 });
  });

  it('covers all services, and calls nothing unread of one that does not run', async () => {
    const ask = place.ask;
    place.ask = async (service, path) =>
      (service === 'payment' ? [{ replica: 'payment', body: undefined }] : ask(service, path)) as never;
    const { settings, unread } = (await reads(place, schemas)) as { settings: { name: string }[]; unread: string[] };
    const services = new Set(settings.map(({ name }) => name.split('.', 1)[0]));
    expect([...services].sort()).toEqual(
      Object.keys(serviceSettings)
        .filter((name) => name !== 'payment')
        .sort(),
    );
    expect(unread).toHaveLength(settings.length);
    expect(printed()).toContain('nothing of payment runs that counts');
    await expect(reads(place, schemas, 'routes')).rejects.toThrow("'routes' has no settings of its own");
  });
});
