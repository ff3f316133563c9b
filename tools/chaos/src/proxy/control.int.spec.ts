import { spawn } from 'node:child_process';
import { existsSync, mkdtempSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { markOf } from '../faults/marks.ts';
import { linkCounts, LinkProxy } from '../target/link-proxy.ts';
import { Bench, Line, until } from './link.fixture.ts';
import { parseToxic } from './toxics.ts';

const LOOPBACK = '127.0.0.1';
const ANY = { host: LOOPBACK, port: 0 };

describe('the proxy process', () => {
  let dir: string;
  let proxy: LinkProxy;
  /** Only its server is used: the link is one of the process. */
  let bench: Bench;

  beforeEach(async () => {
    dir = mkdtempSync(join(tmpdir(), 'souk-proxy-'));
    proxy = new LinkProxy({ dir });
    bench = await Bench.open();
    await proxy.start(markOf('none', 'proxy'));
  });

  afterEach(async () => {
    rmSync(dir, { recursive: true });
    await bench.close();
  });

  const wish = (beside?: number) => {
    const { to } = bench.link.spec;
    return { to, listen: ANY, protocol: 'tcp' as const, seed: 1, ...(beside !== undefined && { beside }) };
  };

  it('passes on, delays, counts, and stops what it is told to', async () => {
    const { listen } = await proxy.open('a->b', wish());
    const client = Line.to(listen.port);
    await client.echo('ping');
    await proxy.add('a->b', 'slow', parseToxic({ type: 'latency', latency: 100 }));
    expect((await proxy.links())?.[0]?.toxics.map(({ name }) => name)).toEqual(['slow']);
    expect(await client.echo('ping')).toBeGreaterThanOrEqual(99);
    await proxy.remove('a->b', 'slow');
    expect(await client.echo('ping')).toBeLessThan(60);
    expect(await linkCounts({ dir })('a->b')).toEqual({ requests: 0, connections: 1, bytes: 24 });
    expect(await linkCounts({ dir })('a->c')).toBeUndefined();
    await proxy.close('a->b');
    await until('its connections are closed', () => client.ended);
    expect(await proxy.links()).toEqual([]);
  });

  it('has a port beside the link that no toxic meets', async () => {
    const { listen } = await proxy.open('a->b', {
      ...wish(1),
      to: { host: LOOPBACK, port: bench.link.spec.to.port - 1 },
    });
    await proxy.add('a->b', 'down', parseToxic({ type: 'down' }));
    const refused = Line.to(listen.port);
    await until('the link is down', () => refused.error === 'ECONNREFUSED');
    const beside = Line.to(listen.port + 1);
    await beside.echo('ready?');
    beside.socket.destroy();
    expect((await proxy.links())?.map(({ counts }) => counts.accepted)).toEqual([0]);
  });

  it('opens a link once, and none in the place of another', async () => {
    const first = await proxy.open('a->b', wish());
    expect((await proxy.open('a->b', wish())).listen).toEqual(first.listen);
    await expect(proxy.open('a->b', { ...wish(), seed: 2 })).rejects.toThrow('a->b is another link');
    await expect(proxy.open('c->d', { ...wish(), listen: first.listen })).rejects.toThrow('EADDRINUSE');
    expect(await proxy.links()).toHaveLength(1);
  });

  it('says what makes no sense, and stays', async () => {
    await expect(proxy.add('a->b', 'x', parseToxic({ type: 'down' }))).rejects.toThrow('there is no link a->b');
    await expect(proxy.open('a->b', { ...wish(), to: { host: LOOPBACK, port: 70_000 } })).rejects.toThrow('to must be');
    // Ways back of what never was.
    await proxy.remove('a->b', 'x');
    await proxy.close('a->b');
    expect(await proxy.links()).toEqual([]);
  });

  it('is spoken to by its owner alone, and ends when its socket is gone', async () => {
    const socket = join(dir, 'proxy.sock');
    expect(statSync(socket).mode & 0o077).toBe(0);
    const { listen } = await proxy.open('a->b', wish());
    const client = Line.to(listen.port);
    await client.echo('ping');
    rmSync(socket);
    await until('it ends', () => client.ended);
    expect(await proxy.links()).toBeUndefined();
  });

  it('takes the place of one that was killed', async () => {
    const socket = join(dir, 'proxy.sock');
    rmSync(socket);
    const killed = spawn(process.execPath, [
      '-e',
      `require('node:net').createServer().listen(${JSON.stringify(socket)})`,
    ]);
    await until('there is a socket', () => existsSync(socket));
    killed.kill('SIGKILL');
    await new Promise((resolve) => killed.once('exit', resolve));
    expect(await proxy.links()).toBeUndefined();
    await proxy.start(markOf('none', 'proxy'));
    expect(await proxy.links()).toEqual([]);
  });
});
