import { beforeEach, describe, expect, it } from '@jest/globals';
import { createSoukClient } from './souk-client.js';

const ORDER = { path: { id: '0190c2f0-0000-7000-8000-000000000001' } };
const refusal = { type: 't', title: 'Not Found', status: 404, code: 'not-found', detail: 'There is no such order.' };
const event = (type: string): string => `data: ${JSON.stringify({ type })}\n\n`;

describe('a stream of events', () => {
  let answers: (() => Response | Promise<Response>)[];
  let asked: Request[];
  let tokens: number;
  const souk = createSoukClient({
    baseUrl: 'http://shop.example',
    token: () => `token-${++tokens}`,
    fetch: async (request) => {
      asked.push(request as Request);
      return (answers.shift() ?? (() => new Response('', { status: 500 })))();
    },
  });
  /** What it told, and what it ended with. */
  const follow = async (options: { signal?: AbortSignal } = {}): Promise<[told: string[], ended: unknown]> => {
    const told: string[] = [];
    try {
      const { stream } = await souk.streamOrder({ ...ORDER, ...options });
      for await (const { type } of stream) told.push(type);
      return [told, undefined];
    } catch (error) {
      return [told, error];
    }
  };
  const streamed = (...parts: (string | Error)[]): Response =>
    new Response(
      new ReadableStream({
        pull(controller) {
          const part = parts.shift();
          if (part === undefined) controller.close();
          else if (part instanceof Error) controller.error(part);
          else controller.enqueue(new TextEncoder().encode(part));
        },
      }),
    );

  beforeEach(() => {
    [answers, asked, tokens] = [[], [], 0];
  });

  it('ends with its last event', async () => {
    answers = [() => streamed(event('placed'), event('confirmed'))];
    expect([await follow(), asked.length]).toEqual([[['placed', 'confirmed'], undefined], 1]);
  });

  it('throws the problem with which the shop refuses it, and is asked for once', async () => {
    answers = [() => Response.json(refusal, { status: 404 })];
    const [told, ended] = await follow();
    expect([told, asked.length]).toEqual([[], 1]);
    expect(ended).toMatchObject({ name: 'SoukProblem', status: 404, code: 'not-found' });
  });

  it('throws what went wrong when it is cut, after what it has told, or when no answer comes', async () => {
    answers = [
      () => streamed(event('placed'), new TypeError('terminated')),
      () => Promise.reject(new TypeError('no way')),
    ];
    expect(await follow()).toEqual([['placed'], expect.objectContaining({ message: 'terminated' })]);
    expect(await follow()).toEqual([[], expect.objectContaining({ message: 'no way' })]);
    answers = [() => new Response('<html>', { status: 502 })];
    expect((await follow())[1]).toMatchObject({ message: 'the stream was answered with 502' });
    expect(asked).toHaveLength(3);
  });

  it('just ends when its caller wants no more', async () => {
    const caller = new AbortController();
    answers = [
      () => {
        caller.abort();
        return Promise.reject(new DOMException('aborted', 'AbortError'));
      },
    ];
    expect(await follow({ signal: caller.signal })).toEqual([[], undefined]);
  });

  it('is over for the shop, too, when its reader leaves', async () => {
    answers = [() => streamed(event('placed'), event('confirmed'))];
    const { stream } = await souk.streamOrder(ORDER);
    for await (const { type } of stream) if (type === 'placed') break;
    expect(asked.map(({ signal }) => signal.aborted)).toEqual([true]);
  });

  it('asks for a token each time', async () => {
    answers = [() => streamed(event('placed')), () => streamed(event('placed'))];
    await follow();
    await follow();
    expect(asked.map(({ headers }) => headers.get('authorization'))).toEqual(['Bearer token-1', 'Bearer token-2']);
  });
});
