import { once } from 'node:events';
import { Agent, createServer, request, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { waitFor } from '@souk/testing';
import { partFromClients } from './parting.js';

interface Answer {
  readonly connection: string | undefined;
  readonly isReused: boolean;
}

describe('taking leave of clients', () => {
  let server: Server;
  let agents: Agent[];

  beforeEach(async () => {
    agents = [];
    server = createServer((_request, response) => response.end('{}')).listen(0, '127.0.0.1');
    await once(server, 'listening');
  });
  afterEach(() => {
    for (const agent of agents) agent.destroy();
    server.closeAllConnections();
  });

  /** Over one connection, as long as the server lets it. */
  const aClient = (): (() => Promise<Answer>) => {
    const agent = new Agent({ keepAlive: true, maxSockets: 1 });
    agents.push(agent);
    const { port } = server.address() as AddressInfo;
    return () =>
      new Promise((resolve, reject) => {
        const asked = request({ port, host: '127.0.0.1', agent }, (answer) => {
          const { connection } = answer.resume().headers;
          answer.on('end', () => resolve({ connection, isReused: asked.reusedSocket }));
        });
        asked.on('error', reject).end();
      });
  };
  const connections = (): Promise<number> =>
    new Promise((resolve) => server.getConnections((_error, count) => resolve(count)));

  it('those who were there are told to go, newcomers may stay until the door is shut', async () => {
    const [old, idle] = [aClient(), aClient()];
    expect([await old(), await idle()]).toMatchObject([{ connection: 'keep-alive' }, { connection: 'keep-alive' }]);
    const parting = partFromClients(server, { partingMs: 10_000, quietMs: 50, lastMs: 10_000 });
    const newcomer = aClient();
    expect(await newcomer()).toEqual({ connection: 'keep-alive', isReused: false });
    expect(await newcomer()).toEqual({ connection: 'keep-alive', isReused: true });
    expect(await old()).toEqual({ connection: 'close', isReused: true });
    expect(server.listening).toBe(true);
    expect(await idle()).toEqual({ connection: 'close', isReused: true });
    await waitFor(() => !server.listening, { what: 'the door to shut' });
    await expect(old()).rejects.toThrow('ECONNREFUSED');
    expect(await newcomer()).toEqual({ connection: 'close', isReused: true });
    await parting;
    expect(await connections()).toBe(0);
  });

  it('the door shuts under nobody who is coming, and cuts nobody who is idle', async () => {
    // Newcomers come every 50 ms, for longer than it takes without one.
    const parting = partFromClients(server, { partingMs: 20_000, quietMs: 600, lastMs: 2_000 });
    const clients = [];
    for (let turn = 0; turn < 20; turn++) {
      const client = aClient();
      expect((await client()).connection).toBe('keep-alive');
      clients.push(client);
      await new Promise((resolve) => setTimeout(resolve, 50));
    }
    expect(server.listening).toBe(true);
    await waitFor(() => !server.listening, { what: 'the door to shut' });
    expect(await connections()).toBe(20);
    expect(await clients[0]?.()).toEqual({ connection: 'close', isReused: true });
    await parting;
  });

  it('ends all the same when somebody does not go, and the server can be closed afterwards', async () => {
    await aClient()();
    await partFromClients(server, { partingMs: 100, quietMs: 20, lastMs: 50 });
    const closed = new Promise((resolve) => server.close(resolve));
    expect(await closed).toBeUndefined();
    expect(await connections()).toBe(0);
  });
});
