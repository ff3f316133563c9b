import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterEach, describe, expect, it } from '@jest/globals';
import { rebuild, type RebuildStatus } from './rebuild.ts';

describe('souk rebuild', () => {
  let server: Server | undefined;
  afterEach(() => {
    server?.close();
  });

  /** A read side that answers as the script says, one entry a request. */
  const follow = async (...script: [number, object][]) => {
    const asked: string[] = [];
    server = createServer((request, response) => {
      asked.push(request.method ?? '');
      const [status, body] = script.shift() ?? [500, {}];
      response.writeHead(status).end(JSON.stringify(body));
    });
    await new Promise<void>((resolve) => server?.listen(0, '127.0.0.1', resolve));
    const seen: RebuildStatus[] = [];
    const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
    const run = rebuild({
      url,
      onProgress: (status) => seen.push(status),
      sleep: async () => undefined,
      now: () => Date.parse('2026-01-01T12:00:00Z'),
      logsCommand: './souk logs order-query',
    });
    return { run, seen, asked };
  };
  const running = (done: number): [number, object] => [200, { state: 'running', done, total: 10 }];
  const done: [number, object] = [200, { state: 'done', done: 10, total: 10 }];
  const refused: [number, object] = [409, { code: 'rebuild-running' }];
  const doneAt = (time: string): [number, object] => [200, { ...done[1], finishedAt: `2026-01-01T${time}Z` }];

  it('starts one and follows it to the end', async () => {
    const { run, seen, asked } = await follow([202, { rebuildId: 'r' }], running(0), running(5), done);
    expect(await run).toEqual(done[1]);
    expect(seen.map((status) => status.done)).toEqual([0, 5, 10]);
    expect(asked).toEqual(['POST', 'GET', 'GET', 'GET']);
  });

  it('joins the one under way', async () => {
    const { run } = await follow(refused, running(3), doneAt('12:00:01'));
    expect(await run).toMatchObject({ state: 'done' });
  });

  it('takes none for its own that was over before it asked', async () => {
    const { run, seen, asked } = await follow(refused, doneAt('11:59:59'), [202, {}], running(5), doneAt('12:00:01'));
    expect(await run).toEqual(doneAt('12:00:01')[1]);
    expect(asked).toEqual(['POST', 'GET', 'POST', 'GET', 'GET']);
    expect(seen).toHaveLength(2);
    const old: [number, object] = [200, { state: 'failed', done: 0, total: 1, finishedAt: '2026-01-01T11:59:59Z' }];
    server?.close();
    const other = await follow(refused, old, [202, {}], done);
    expect(await other.run).toMatchObject({ state: 'done' });
  });

  it('asks for one only so often', async () => {
    const script = Array.from({ length: 100 }, () => [refused, doneAt('11:59:59')]).flat();
    const { run, asked } = await follow(...script);
    await expect(run).rejects.toThrow('the rebuild could not be started');
    expect(asked.filter((method) => method === 'POST')).toHaveLength(60);
  });

  it('waits for a process that comes back', async () => {
    const { run } = await follow([202, {}], running(3), [503, {}], [404, {}], done);
    expect(await run).toMatchObject({ state: 'done' });
  });

  it('says why it failed', async () => {
    const { run } = await follow(
      [202, {}],
      [200, { state: 'failed', done: 1, total: 10, error: 'order 7 cannot be folded' }],
    );
    await expect(run).rejects.toMatchObject({ message: 'the rebuild failed', why: 'order 7 cannot be folded' });
  });

  it('says that it could not be started', async () => {
    const { run } = await follow([404, { status: 'not-found' }]);
    await expect(run).rejects.toThrow('the rebuild could not be started');
  });
});
