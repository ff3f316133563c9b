import { getEventListeners } from 'node:events';
import { describe, expect, it } from '@jest/globals';
import { RouteMatcher } from '../routing/route-matcher.js';
import { packagedTable } from '../routing/routes.js';
import { runBatch, type Send, type SubRequest, withoutStreams } from './batch.js';
import { bounded, stepsOf } from './in-order.js';

const read = (path: string, id?: string): SubRequest => ({ method: 'GET', path, ...(id !== undefined && { id }) });
const write = (path: string): SubRequest => ({ method: 'POST', path });
const forEver = new AbortController().signal;
const tick = () => new Promise((resolve) => setImmediate(resolve));

/** Notes when each sub-request begins and ends; answers after a turn of the event loop. */
function recorder() {
  const log: string[] = [];
  let running = 0;
  let most = 0;
  const send: Send = async ({ path }) => {
    log.push(`> ${path}`);
    most = Math.max(most, ++running);
    await tick();
    running--;
    log.push(`< ${path}`);
    return { status: 200, headers: {}, body: path };
  };
  return { log, send, most: () => most };
}

describe('the steps of a batch', () => {
  it('AGG-2 join reads that stand together and keep every write apart', () => {
    const items = ['GET', 'GET', 'POST', 'GET', 'PUT', 'DELETE', 'GET', 'GET'].map((method) => ({ method }));
    expect(stepsOf(items)).toEqual([[0, 1], [2], [3], [4], [5], [6, 7]]);
    expect(stepsOf([])).toEqual([]);
  });

  it('run no more at a time than allowed, and all of them', async () => {
    let [running, most, done] = [0, 0, 0];
    await bounded([1, 2, 3, 4, 5, 6, 7], 3, async () => {
      most = Math.max(most, ++running);
      await tick();
      running--;
      done++;
    });
    expect([most, done]).toEqual([3, 7]);
  });
});

describe('a batch', () => {
  it('AGG-2 answers in the order of the requests and by their names', async () => {
    const { send } = recorder();
    const { responses } = await runBatch([read('/api/a', 'first'), write('/api/b'), read('/api/c')], send, forEver);
    expect(responses.map(({ id, body }) => [id, body])).toEqual([
      ['first', '/api/a'],
      [undefined, '/api/b'],
      [undefined, '/api/c'],
    ]);
  });

  it('AGG-2 begins a write when everything before it is answered, and what follows when the write is', async () => {
    const { log, send } = recorder();
    await runBatch([read('/api/a'), read('/api/b'), write('/api/w'), read('/api/c')], send, forEver);
    expect(log).toEqual([
      '> /api/a',
      '> /api/b',
      '< /api/a',
      '< /api/b',
      '> /api/w',
      '< /api/w',
      '> /api/c',
      '< /api/c',
    ]);
  });

  it('AGG-12 keeps five reads under way at most', async () => {
    const { send, most } = recorder();
    await runBatch(
      Array.from({ length: 20 }, (_, n) => read(`/api/${n}`)),
      send,
      forEver,
    );
    expect(most()).toBe(5);
  });

  it.each([
    ['/api/../metrics', 'path-refused'],
    ['/api/products/%2e%2e/batch', 'path-refused'],
    ['/api/products%2f7', 'path-refused'],
    ['/api/products\\7', 'path-refused'],
    ['/api/orders/7/stream', 'stream-in-batch'],
    ['/api/orders/7/stream?from=1', 'stream-in-batch'],
  ])('AGG-12 does not send %s, and sends the rest', async (path, code) => {
    const { log, send } = recorder();
    const door = withoutStreams(new RouteMatcher(packagedTable.routes), send);
    const { responses } = await runBatch([read(path, 'x'), read('/api/ok')], door, forEver);
    expect(responses).toMatchObject([{ id: 'x', status: 400, body: { code } }, { status: 200 }]);
    expect(log).toEqual(['> /api/ok', '< /api/ok']);
  });

  it('AGG-12 says of each sub-request what became of it when the time is up', async () => {
    const time = new AbortController();
    const begun: string[] = [];
    const send: Send = ({ path }) => {
      begun.push(path);
      if (path === '/api/quick') return Promise.resolve({ status: 200, headers: {}, body: null });
      return new Promise(() => undefined);
    };
    const running = runBatch([read('/api/quick'), write('/api/hangs'), read('/api/never')], send, time.signal);
    for (let turn = 0; turn < 5; turn++) await tick();
    time.abort();
    expect((await running).responses).toMatchObject([
      { status: 200 },
      { status: 504, body: { code: 'batch-timeout' } },
      { status: 503, body: { code: 'batch-not-begun' } },
    ]);
    expect(begun).toEqual(['/api/quick', '/api/hangs']);
  });

  it('AGG-12 leaves nothing at the signal that would keep its answers', async () => {
    const until = new AbortController().signal;
    const { send } = recorder();
    let during = 0;
    const counting: Send = (request) => {
      during = getEventListeners(until, 'abort').length;
      return send(request);
    };
    await runBatch([read('/api/a'), write('/api/b')], counting, until);
    expect([during, getEventListeners(until, 'abort').length]).toEqual([1, 0]);
  });

  it('goes on after one that failed', async () => {
    const send: Send = ({ path }) =>
      path === '/api/bad'
        ? Promise.reject(new Error('secret'))
        : Promise.resolve({ status: 200, headers: {}, body: 1 });
    const { responses } = await runBatch([write('/api/bad'), write('/api/good')], send, forEver);
    expect(responses).toMatchObject([{ status: 500, body: { code: 'internal-error' } }, { status: 200 }]);
    expect(JSON.stringify(responses)).not.toContain('secret');
  });
});
