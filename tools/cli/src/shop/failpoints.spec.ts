import { describe, expect, it } from '@jest/globals';
import { gatherFailpoints } from './failpoints.ts';

const point = { name: 'order.after-commit', description: 'committed', hits: 3, fired: 0 };

describe('the failpoints of a shop', () => {
  it('are those of the processes that have them enabled; the others say why they have none', async () => {
    const asked: string[] = [];
    const answer = async (url: string | URL | Request): Promise<Response> => {
      asked.push(String(url));
      if (String(url).includes(':9103/')) return Response.json({ pid: 1, failpoints: [point] });
      if (String(url).includes(':9102/')) return Response.json({ status: 'not-found' }, { status: 404 });
      throw new TypeError('fetch failed');
    };
    const processes = [
      ['order', 9103],
      ['inventory', 9102],
      ['ambassador', 9120],
    ] as const;
    expect(await gatherFailpoints(processes, answer)).toEqual([
      { process: 'order', state: 'enabled', failpoints: [point] },
      { process: 'inventory', state: 'inert', failpoints: [] },
      { process: 'ambassador', state: 'away', failpoints: [] },
    ]);
    expect(asked).toContain('http://127.0.0.1:9103/failpoints');
  });
});
