import { afterEach, beforeEach, describe, expect, it, jest } from '@jest/globals';
import { routeTable, serviceSettings, sharedSettings } from '@souk/contracts';
import { changeSettings, replaceText, rollback } from './change.ts';
import { parseHistory } from './history.ts';
import { MemoryPlace } from './place.mother.ts';
import { parseChange } from './settings.ts';
import { get, status } from './show.ts';
import type { Soak } from './stage.ts';

const schemas = { ...serviceSettings, routes: routeTable, global: sharedSettings, environment: sharedSettings };
const FAILING = 'process_start_time_seconds 1000\nsouk_http_requests_total{status="5xx"} 50\n';

describe('CFG-13 a staged change', () => {
  let place: MemoryPlace;
  let stopped: AbortController;
  /** What happens in the second that is named, counted from 1. */
  let happens: Record<number, () => void>;
  let seconds: number;
  const desk = () => ({ place, schemas, author: 'ann@desk' });
  const soak = (): Soak => ({
    seconds: 5,
    signal: stopped.signal,
    pause: async () => happens[++seconds]?.(),
  });
  const stage = (...texts: string[]) => changeSettings(desk(), texts.map(parseChange), soak());
  const history = () => parseHistory(place.histories.get('order') ?? '').map(({ what }) => what);
  const own = (replica = 'order-1') => place.texts.get(`order.${replica}`);

  beforeEach(() => {
    place = new MemoryPlace();
    place.replicasEach = 2;
    place.texts.set('order', 'returnDays: 14\n');
    stopped = new AbortController();
    happens = {};
    seconds = 0;
    jest.spyOn(console, 'log').mockImplementation(() => undefined);
  });
  afterEach(() => void jest.restoreAllMocks());

  it('reaches one process, and all when it was well there for the whole time', async () => {
    const seen: unknown[] = [];
    happens[5] = () => seen.push(own(), own('order-2'), place.texts.get('order'));
    const { changed } = (await stage('order.returnDays=20')) as { changed: object[] };
    expect(seen).toEqual([
      expect.stringMatching(/^# tried since \S+Z by ann@desk: set returnDays=20\nreturnDays: 20\n$/),
      undefined,
      'returnDays: 14\n',
    ]);
    expect(seconds).toBe(5);
    expect(changed).toMatchObject([
      {
        service: 'order',
        replicas: ['order-1', 'order-2'],
        staged: { on: 'order-1', seconds: 5, requests: 0, failed: 0, others: { requests: 0, failed: 0 } },
      },
    ]);
    expect([place.texts.get('order'), own()]).toEqual(['returnDays: 20\n', undefined]);
    // Its own text goes after that of all came: it never goes back in between.
    expect(place.done.filter((what) => !what.startsWith('re') || what.startsWith('remove'))).toEqual([
      'write order.order-1',
      'write order',
      'remove order.order-1',
    ]);
    expect(history()).toEqual([
      'as it was',
      'tries on order-1: set returnDays=20',
      'set returnDays=20, tried on order-1 for 5 s',
    ]);
  });

  it.each([
    ['fails its callers', () => place.metrics.set('order-1', FAILING), /5xx/],
    ['is not ready', () => place.away.add('order-1'), /not ready/],
    ['began anew', () => place.metrics.set('order-1', 'process_start_time_seconds 2000\n'), /anew/],
    ['lost it to somebody else', () => place.texts.delete('order.order-1'), /no more/],
  ])('is taken back as soon as the process %s, and nobody else has seen it', async (_what, happen, why) => {
    happens[2] = happen;
    await expect(stage('order.returnDays=20')).rejects.toMatchObject({
      message: 'the change was taken back from order-1; no other process had it',
      why: expect.stringMatching(why),
    });
    expect(seconds).toBe(3);
    expect([place.texts.get('order'), own()]).toEqual(['returnDays: 14\n', undefined]);
    expect(place.done).not.toContain('write order');
    expect(history().at(-1)).toMatch(/^takes back from order-1: order-1 /);
  });

  it('is not taken back for one lost look, but for one at the end there is another', async () => {
    const away = (...at: number[]) => {
      for (const second of at) {
        happens[second] = () => place.away.add('order-1');
        happens[second + 1] = () => place.away.delete('order-1');
      }
    };
    away(2, 5);
    await stage('order.returnDays=20');
    expect([seconds, place.texts.get('order')]).toEqual([6, 'returnDays: 20\n']);
    seconds = 0;
    happens = { 5: () => place.away.add('order-1') };
    await expect(stage('order.returnDays=30')).rejects.toThrow('taken back');
    expect(seconds).toBe(6);
  });

  it('is taken back when its command is stopped', async () => {
    happens[3] = () => stopped.abort();
    await expect(stage('order.returnDays=20')).rejects.toMatchObject({ why: 'it was stopped' });
    expect([own(), place.texts.get('order')]).toEqual([undefined, 'returnDays: 14\n']);
  });

  it('that a killed command left is shown, stops other changes, and goes by one command', async () => {
    const text = '# tried since now by ann: set returnDays=20\nreturnDays: 20\n';
    place.texts.set('order.order-1', text);
    const trials = [{ on: 'order-1', what: 'since now by ann: set returnDays=20' }];
    expect(await get(place, schemas, 'order')).toMatchObject({ trials });
    expect(await status(place, schemas)).toMatchObject({
      documents: expect.arrayContaining([expect.objectContaining({ name: 'order', trials })]),
    });
    for (const change of [
      changeSettings(desk(), [parseChange('order.returnDays=30')]),
      replaceText(desk(), 'order', 'returnDays: 30\n', 'apply x'),
      stage('order.returnDays=30'),
    ])
      await expect(change).rejects.toThrow('order-1 of order tries another change; nothing was written');
    expect(await rollback(desk(), 'order')).toMatchObject({ takenBackFrom: ['order-1'] });
    expect([own(), place.texts.get('order')]).toEqual([undefined, 'returnDays: 14\n']);
    expect(history().at(-1)).toBe('takes back from order-1 what it tried since now by ann: set returnDays=20');
  });

  it('keeps away from a process with a text that somebody wrote for good, and leaves it there', async () => {
    place.texts.set('order.order-1', 'snapshotEvery: 7\n');
    expect(await stage('order.returnDays=20')).toMatchObject({ changed: [{ staged: { on: 'order-2' } }] });
    await rollback(desk(), 'order');
    expect([own(), place.texts.get('order')]).toEqual(['snapshotEvery: 7\n', 'returnDays: 14\n']);
    place.texts.set('order.order-2', 'snapshotEvery: 7\n');
    await expect(stage('order.returnDays=20')).rejects.toThrow('no process of order can try it');
  });

  it('can be going back to a default, where another scope says that', async () => {
    place.texts.set('environment', 'returnDays: 3\n');
    happens[1] = () => expect(own()).toContain('\nreturnDays: 3\n');
    const unset = { service: 'order', key: 'returnDays', value: undefined };
    await changeSettings(desk(), [unset], soak());
    expect(seconds).toBe(5);
  });

  it.each([
    ['routes', ['routes.routes.0.timeoutMs=900'], 'routes cannot be tried on one process'],
    ['all services', ['global.logLevel=debug'], 'global cannot be tried on one process'],
    ['two services', ['order.returnDays=20', 'gateway.readOnly=true'], 'are not tried together'],
    ['what is so already', ['order.returnDays=14'], 'nothing for one process to try'],
    ['what would be refused', ['order.returnDays=-1'], 'nothing was written'],
  ])('is none for %s, and nothing is written', async (_what, texts, message) => {
    await expect(stage(...texts)).rejects.toThrow(message);
    expect(place.done).toEqual([]);
  });

  it('is none where a text of all, old or new, lets no process differ', async () => {
    const locked = 'returnDays: 14\nlocked: [returnDays]\n';
    place.texts.set('order', locked);
    const refused = 'order would refuse this on one process; nothing was written';
    await expect(stage('order.returnDays=20')).rejects.toThrow(refused);
    place.texts.set('order', 'returnDays: 14\n');
    await expect(replaceText(desk(), 'order', 'returnDays: 20\nlocked: [returnDays]\n', 'x', soak())).rejects.toThrow(
      refused,
    );
    expect(place.done).toEqual([]);
  });
});
