import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { request } from 'node:https';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { PeerCertificate, TLSSocket } from 'node:tls';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { createLogger } from '@souk/observability';
import { aCertificate, type Certificate, waitFor } from '@souk/testing';
import { ConfigWatch } from './config-watch.js';
import { anAmbassador, type TestAmbassador } from './test/ambassador.mother.js';
import { codeOf, httpCall } from './test/http-call.js';
import { ScriptedUpstream } from './test/scripted-upstream.js';

/** Changes are to be in use after two seconds; as much again for a busy machine. */
const SOON = { timeoutMs: 4_000 };
const authority = aCertificate('souk test authority');
const stranger = aCertificate('another authority');

let folder: string;
let upstream: ScriptedUpstream;
let url: string;
let amb: TestAmbassador;
let watch: ConfigWatch;
let complaints: string[];
/** Common names of the client certificates that the upstream saw. */
let clients: string[];

const path = (name: string): string => join(folder, name);
const writeClient = ({ cert, key }: Certificate): void => {
  writeFileSync(path('tls.crt'), cert);
  writeFileSync(path('tls.key'), key);
};
const configure = (settings: object = {}): void => {
  const tls = {
    caFile: path('ca.crt'),
    certFile: path('tls.crt'),
    keyFile: path('tls.key'),
    serverName: 'payment.test',
  };
  const payment = { listen: '127.0.0.1:0', url, tls, retry: { attempts: 0 }, ...settings };
  writeFileSync(path('ambassador.yaml'), JSON.stringify({ upstreams: { payment } }));
};
const post = (headers: Record<string, string> = {}) =>
  httpCall(amb.port(), '/payments', { method: 'POST', headers, body: '{}' });

beforeEach(async () => {
  folder = mkdtempSync(join(tmpdir(), 'ambassador-'));
  [clients, complaints] = [[], []];
  const { cert, key } = aCertificate('payment.test', authority);
  upstream = new ScriptedUpstream({ cert, key, ca: authority.cert, requestCert: true, rejectUnauthorized: true });
  url = await upstream.open();
  upstream.script = () => (response) => {
    const peer: Partial<PeerCertificate> = (response.socket as TLSSocket).getPeerCertificate();
    clients.push(String(peer.subject?.CN));
    response.end('{}');
  };
  writeFileSync(path('ca.crt'), authority.cert);
  writeClient(aCertificate('order', authority));
  amb = anAmbassador();
  const write = (line: string): void => void complaints.push(String((JSON.parse(line) as { reason?: string }).reason));
  const logger = createLogger({ name: 'watch', level: 'error', destination: { write } });
  const apply = amb.ambassador.apply.bind(amb.ambassador);
  watch = new ConfigWatch({ file: path('ambassador.yaml'), apply, counts: amb.counts, logger });
});
afterEach(async () => {
  upstream.close();
  await watch.stop();
  await amb.ambassador.close();
  rmSync(folder, { recursive: true });
});

describe('AMB-10 TLS material lives in the ambassador only', () => {
  it('an upstream that wants a client certificate is reached through it, and not past it', async () => {
    configure();
    await watch.start();
    expect((await post()).status).toBe(200);
    expect(clients).toEqual(['order']);
    const past = new Promise((resolve, reject) => {
      request(`${url}/payments`, { ca: authority.cert, servername: 'payment.test' }, resolve)
        .once('error', reject)
        .end();
    });
    await expect(past).rejects.toThrow();
    expect(clients).toEqual(['order']);
  });

  it('an upstream of another authority, or by another name, is refused and is asked nothing', async () => {
    writeFileSync(path('ca.crt'), stranger.cert);
    configure();
    await watch.start();
    const answer = await post();
    expect([answer.status, codeOf(answer)]).toEqual([502, 'upstream-unreachable']);
    writeFileSync(path('ca.crt'), authority.cert);
    configure({
      tls: { caFile: path('ca.crt'), certFile: path('tls.crt'), keyFile: path('tls.key'), serverName: 'other.test' },
    });
    await waitFor(() => amb.counts.generation === 2, { ...SOON, what: 'the other name' });
    expect((await post()).status).toBe(502);
    expect(upstream.calls).toEqual([]);
  });

  it('a new client certificate is used without a restart; its first half is not', async () => {
    configure();
    await watch.start();
    await post();
    const next = aCertificate('order, renewed', authority);
    writeFileSync(path('tls.crt'), next.cert);
    await waitFor(() => amb.counts.reloadFailures === 1, { ...SOON, what: 'the half to be refused' });
    expect((await post()).status).toBe(200);
    writeFileSync(path('tls.key'), next.key);
    await waitFor(() => amb.counts.generation === 2, { ...SOON, what: 'the new certificate' });
    await post();
    expect(clients).toEqual(['order', 'order', 'order, renewed']);
  });

  it.each<[string, (good: string) => string, RegExp]>([
    ['empty', () => ' \n', /the file of the ca is empty/],
    ['something else', () => 'hello', /holds no certificate/],
    ['cut off', (good) => good + good.slice(0, 300), /breaks off/],
    ['cut off early', (good) => good + good.slice(0, 8), /breaks off/],
    ['no certificate inside', (good) => good.replaceAll(/^[A-Za-z0-9+/=]{60,}$/gm, 'AAAA'), /tls: /],
  ])(
    'a list of authorities that is %s is not used: Node would trust whom it always trusts',
    async (_, spoilt, reason) => {
      configure();
      await watch.start();
      writeFileSync(path('ca.crt'), spoilt(authority.cert));
      await waitFor(() => amb.counts.reloadFailures === 1, { ...SOON, what: 'the file to be refused' });
      expect(complaints).toEqual([expect.stringMatching(reason)]);
      expect([(await post()).status, amb.counts.generation]).toEqual([200, 1]);
    },
  );

  it('a new certificate does not close an open circuit', async () => {
    configure({ breaker: { minimumCalls: 3, openMs: 60_000 } });
    await watch.start();
    upstream.script = () => 500;
    for (let index = 0; index < 3; index++) await post();
    writeClient(aCertificate('order, renewed', authority));
    await waitFor(() => amb.counts.generation === 2, { ...SOON, what: 'the new certificate' });
    expect(codeOf(await post())).toBe('upstream-open');
  });

  it('a secret file becomes a header that no caller can set, and is followed', async () => {
    writeFileSync(path('token'), 'Bearer one\n');
    configure({ headers: { authorization: { file: path('token') } } });
    await watch.start();
    await post({ authorization: 'Bearer forged' });
    writeFileSync(path('token'), 'Bearer two');
    await waitFor(() => amb.counts.generation === 2, { ...SOON, what: 'the new secret' });
    await post();
    expect(upstream.calls.map(({ headers }) => headers.authorization)).toEqual(['Bearer one', 'Bearer two']);
    expect(JSON.stringify(amb.lines)).not.toMatch(/Bearer|PRIVATE/);
  });
});
