import { rmSync } from 'node:fs';
import { request } from 'node:http';
import { join } from 'node:path';
import { z } from 'zod';
import type { Instance } from '../../../cli/src/instance.ts';
import { waitFor } from '../../../cli/src/shop/wait-for.ts';
import { addProcess } from '../faults/marks.ts';
import type { LinkWish } from '../proxy/link-table.ts';
import type { Toxic } from '../proxy/toxics.ts';

const ANSWERS_WITHIN_MS = 5_000;
const STARTS_WITHIN_MS = 15_000;
const MAIN = join(import.meta.dirname, '..', 'proxy', 'main.ts');
/** Its connections hold buffers outside the heap. */
const NODE_FLAGS = ['--max-old-space-size=96', '--no-warnings'];

const address = z.object({ host: z.string(), port: z.number() });
const linkState = z.object({
  name: z.string(),
  listen: address,
  to: address,
  toxics: z.array(z.object({ name: z.string() })),
  counts: z.object({
    accepted: z.number(),
    open: z.number(),
    refused: z.number(),
    bytesUp: z.number(),
    bytesDown: z.number(),
    requests: z.number(),
    resets: z.number(),
    duplicates: z.number(),
    reordered: z.number(),
  }),
});
export type LinkState = z.infer<typeof linkState>;

/** The proxy process of an instance, spoken to over its socket (proxy/control.ts). */
export class LinkProxy {
  readonly #socket: string;

  constructor({ dir }: Pick<Instance, 'dir'>) {
    // As short as the supervisor's: the path of a socket may not be longer than 107 bytes.
    this.#socket = join(dir, 'proxy.sock');
  }

  /** Starts it where it does not run. What ends it must be in the journal already: it carries the mark. */
  async start(mark: string): Promise<void> {
    if ((await this.links()) !== undefined) return;
    // What one that was killed has left there would be in the way.
    rmSync(this.#socket, { force: true });
    addProcess(mark, { command: process.execPath, args: [...NODE_FLAGS, MAIN, '--socket', this.#socket] });
    await waitFor('the proxy of the links answers', STARTS_WITHIN_MS, () => this.links());
  }

  /** Undefined where none runs. */
  async links(): Promise<LinkState[] | undefined> {
    const answer = await this.#ask('GET', ['links']);
    return answer === undefined ? undefined : z.array(linkState).parse(answer);
  }

  async open(name: string, wish: LinkWish): Promise<LinkState> {
    return linkState.parse(await this.#must('PUT', ['links', name], wish));
  }

  async add(link: string, toxicName: string, { attributes, ...rest }: Toxic): Promise<void> {
    await this.#must('PUT', ['links', link, 'toxics', toxicName], { ...rest, ...attributes });
  }

  /** Nothing happens where there is none, or no proxy. */
  async remove(link: string, toxicName: string): Promise<void> {
    await this.#ask('DELETE', ['links', link, 'toxics', toxicName]);
  }

  async close(link: string): Promise<void> {
    await this.#ask('DELETE', ['links', link]);
  }

  async #must(method: string, path: readonly string[], body: object): Promise<unknown> {
    const answer = await this.#ask(method, path, body);
    if (answer === undefined) throw new Error('the proxy of the links is not there');
    return answer;
  }

  /** Undefined where nobody listens. @throws Error with what the proxy says against it */
  async #ask(method: string, path: readonly string[], body?: object): Promise<unknown> {
    const asked = request({
      socketPath: this.#socket,
      path: `/${path.map(encodeURIComponent).join('/')}`,
      method,
      timeout: ANSWERS_WITHIN_MS,
      agent: false,
    });
    asked.once('timeout', () =>
      asked.destroy(new Error(`the proxy of the links does not answer ${method} ${path[0]}`)),
    );
    const { promise, resolve, reject } = Promise.withResolvers<{ status: number; text: string } | undefined>();
    asked.once('error', (error: NodeJS.ErrnoException) => (isNobody(error) ? resolve(undefined) : reject(error)));
    asked.once('response', async (response) => {
      const chunks = await response.setEncoding('utf8').toArray().catch(reject);
      resolve({ status: response.statusCode ?? 0, text: (chunks ?? []).join('') });
    });
    asked.end(body && JSON.stringify(body));
    const answer = await promise;
    if (answer !== undefined && answer.status !== 200)
      throw new Error(`the proxy of the links refuses ${method} ${path.join(' ')}: ${answer.text.trim()}`);
    return answer && JSON.parse(answer.text);
  }
}

const isNobody = ({ code }: NodeJS.ErrnoException): boolean => code === 'ENOENT' || code === 'ECONNREFUSED';

/** For the sampler: what has gone over a link so far, undefined while there is no proxy on it. */
export function linkCounts(
  instance: Pick<Instance, 'dir'>,
): (link: string) => Promise<{ requests: number; connections: number; bytes: number } | undefined> {
  const proxy = new LinkProxy(instance);
  return async (name) => {
    const counts = (await proxy.links())?.find((link) => link.name === name)?.counts;
    return (
      counts && { requests: counts.requests, connections: counts.accepted, bytes: counts.bytesUp + counts.bytesDown }
    );
  };
}
