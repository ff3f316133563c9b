import type { AddressInfo } from 'node:net';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { breakersOf } from './breakers.js';
import { startManagement } from './management.js';
import { aDefinition, anAmbassador, type TestAmbassador } from './test/ambassador.mother.js';
import { codeOf, httpCall } from './test/http-call.js';
import { ScriptedUpstream } from './test/scripted-upstream.js';

let upstream: ScriptedUpstream;
let amb: TestAmbassador;

beforeEach(async () => {
  upstream = new ScriptedUpstream();
  amb = anAmbassador();
  await amb.ambassador.apply([aDefinition(await upstream.open())]);
});
afterEach(async () => {
  upstream.close();
  await amb.ambassador.close();
});
const post = () =>
  httpCall(amb.port(), '/payments', { method: 'POST', headers: { 'idempotency-key': 'k' }, body: '{}' });

describe('the circuit of an upstream', () => {
  it('CB-6: leaves alone who asks for a pause, at once and that long', async () => {
    upstream.script = () => ({ status: 503, headers: { 'retry-after': '20' } });
    const first = await post();
    expect([first.status, first.headers['retry-after'], first.headers['x-amb-attempts']]).toEqual([503, '20', '1']);
    const second = await post();
    expect([codeOf(second), second.headers['retry-after'], upstream.calls.length]).toEqual(['upstream-open', '20', 1]);
  });

  it('CB-9, CB-10: is shown by the management port, held open and let go there, and every change is a warning', async () => {
    const breakers = breakersOf(amb.ambassador);
    const server = await startManagement({
      host: '127.0.0.1',
      port: 0,
      phase: () => 'running',
      metrics: () => amb.counts.render(amb.ambassador.states()),
      breakers,
    });
    const { port } = server.address() as AddressInfo;
    const ask = async (path: string, method = 'GET') => {
      const answer = await fetch(`http://127.0.0.1:${port}${path}`, { method });
      return { status: answer.status, body: (await answer.json()) as Record<string, unknown> };
    };
    expect(await ask('/breakers/payment/force-open', 'POST')).toMatchObject({ status: 200, body: { forced: 'open' } });
    expect(codeOf(await post())).toBe('upstream-open');
    expect(await ask('/breakers')).toMatchObject({ body: { items: [{ name: 'payment', circuit: 'open' }] } });
    expect((await ask('/breakers/payment/reset', 'POST')).body).toMatchObject({ circuit: 'closed', forced: null });
    expect((await post()).status).toBe(200);
    for (const path of [
      '/breakers/nobody/reset',
      '/breakers/payment/explode',
      '/breakers',
      '/breakers/payment/reset/x',
    ])
      expect((await ask(path, 'POST')).status).toBe(404);
    // Whoever merely looks, by whatever method, changes nothing.
    for (const method of ['HEAD', 'GET', 'DELETE', 'PUT', 'OPTIONS'])
      await fetch(`http://127.0.0.1:${port}/breakers/payment/force-open`, { method });
    expect((await fetch(`http://127.0.0.1:${port}/readyz`, { method: 'HEAD' })).status).toBe(200);
    expect((await post()).status).toBe(200);
    expect(amb.lines.filter(({ level }) => level === 40).map(({ policy, to }) => `${policy} ${to}`)).toEqual([
      'payment open',
      'payment closed',
    ]);
    server.close();
  });

  it('RTY-6, RTY-9, RTY-11: a call is tried three times in all, each repeat is a line, and the last answer goes back', async () => {
    upstream.script = () => 503;
    const answer = await post();
    expect([answer.status, answer.headers['x-amb-attempts'], upstream.calls.length]).toEqual([503, '3', 3]);
    const told = amb.lines.filter(({ msg }) => msg === 'a call is tried again');
    expect(told.map(({ attempt, fault }) => `${attempt} ${fault}`)).toEqual(['1 busy', '2 busy']);
  });
});
