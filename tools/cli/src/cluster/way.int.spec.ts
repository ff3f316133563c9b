import { connect, createServer, type AddressInfo, type Server } from 'node:net';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import type { Forward } from './kubectl.ts';
import { Way } from './way.ts';

/** What a server answers to one line; '' where the connection was closed without an answer. */
function ask(host: string): Promise<string> {
  const [at = '', port] = host.split(':');
  return new Promise((resolve) => {
    let heard = '';
    const socket = connect(Number(port), at, () => socket.write('hello\n'));
    socket.on('data', (chunk) => {
      heard += chunk.toString();
      if (heard.endsWith('\n')) socket.end();
    });
    socket.on('error', () => undefined).on('close', () => resolve(heard.trim()));
  });
}

describe('a way into a cluster', () => {
  const pods: Server[] = [];
  let opened: number;
  let way: Way;
  let kubectlEnds: () => void;

  /** A pod that says its name, or one that hangs up. */
  async function aPod(says: string | undefined): Promise<string> {
    const pod = createServer((socket) => {
      socket.once('data', () => (says === undefined ? socket.destroy() : socket.end(`${says}\n`)));
    });
    pods.push(pod);
    await new Promise<void>((resolve) => pod.listen(0, '127.0.0.1', resolve));
    return `http://127.0.0.1:${(pod.address() as AddressInfo).port}`;
  }

  /** Each time that kubectl is started it leads to the next of these; undefined: it fails. */
  async function leadingTo(...urls: (string | undefined)[]): Promise<void> {
    way = await Way.through(async (): Promise<Forward> => {
      const url = urls[opened++];
      if (url === undefined) throw new Error('no such pod');
      const ended = new Promise<void>((resolve) => (kubectlEnds = resolve));
      return { url, ended, close: async () => undefined };
    });
  }

  beforeEach(() => void (opened = 0));
  afterEach(async () => {
    await way.close();
    for (const pod of pods.splice(0)) pod.close();
  });

  it('is opened when somebody goes it, and stays', async () => {
    await leadingTo(await aPod('a'));
    expect(opened).toBe(0);
    expect([await ask(way.host), await ask(way.host)]).toEqual(['a', 'a']);
    expect(opened).toBe(1);
  });

  it('leads to the next pod once kubectl has ended, at the same address', async () => {
    await leadingTo(await aPod('a'), await aPod('b'));
    expect(await ask(way.host)).toBe('a');
    kubectlEnds();
    expect(await ask(way.host)).toBe('b');
  });

  it('leads to the next pod where kubectl has not noticed that the last one is gone', async () => {
    await leadingTo(await aPod(undefined), await aPod('b'));
    expect(await ask(way.host)).toBe('');
    expect(await ask(way.host)).toBe('b');
  });

  it('is closed to those who come while there is no pod, and kubectl is not started for each of them', async () => {
    await leadingTo(undefined, await aPod('b'));
    expect([await ask(way.host), await ask(way.host)]).toEqual(['', '']);
    expect(opened).toBe(1);
  });
});
