import type { AddressInfo } from 'node:net';
import type { Server } from 'node:http';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { HealthRegistry } from './health-registry.js';
import { ManagementRoutes } from './management-routes.js';
import { startManagementServer } from './management-server.js';

describe('routes that a module adds to the management port', () => {
  let server: Server;
  let url: string;

  beforeAll(async () => {
    const routes = new ManagementRoutes();
    routes.add('/jobs', () => ({ status: 200, body: { running: 0 } }));
    routes.add('/jobs', () => ({ status: 202, body: { running: 1 } }), 'POST');
    routes.add('/jobs', (body) => ({ status: 200, body: { given: body ?? null } }), 'PUT');
    const health = new HealthRegistry();
    server = await startManagementServer({ host: '127.0.0.1', port: 0, health, routes, phase: () => 'running' });
    url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  });
  afterAll(() => void server.close());

  it.each([
    ['GET', '/jobs', 200, { running: 0 }],
    ['GET', '/jobs?x=1', 200, { running: 0 }],
    ['POST', '/jobs', 202, { running: 1 }],
    ['DELETE', '/jobs', 404, { status: 'not-found' }],
    ['POST', '/livez', 404, { status: 'not-found' }],
    ['GET', '/livez', 200, { status: 'alive' }],
  ])('%s %s: %i', async (method, path, status, body) => {
    const answer = await fetch(url + path, { method });
    expect([answer.status, await answer.json()]).toEqual([status, body]);
  });

  it.each([
    ['{"running":3}', { running: 3 }],
    ['{"running":', null],
    ['', null],
    [JSON.stringify('x'.repeat(70_000)), null],
  ])('PUT of %.20s hands over %j', async (body, given) => {
    const answer = await fetch(`${url}/jobs`, { method: 'PUT', body });
    expect([answer.status, await answer.json()]).toEqual([200, { given }]);
  });
});
