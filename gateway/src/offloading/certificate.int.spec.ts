import { once } from 'node:events';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { Agent, request } from 'node:https';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { connect, type TLSSocket } from 'node:tls';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { Metrics } from '@souk/observability';
import { aCertificate, waitFor } from '@souk/testing';
import { openShop, type TestShop } from '../gateway.mother.js';
import { CertificateFiles, parseCertificate } from './certificate.js';

const authority = aCertificate('souk test authority');
const first = aCertificate('shop.test', authority);
const second = aCertificate('shop.test', authority);
const expired = aCertificate('shop.test', authority, 0.5);
const BROKEN = '-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n';
const today = Math.floor(Date.now() / 1_000);

describe('a pair of files', () => {
  let folder: string;
  let files: CertificateFiles;
  let log: { reason?: string; message: string }[];
  const path = (name: string) => join(folder, name);
  const write = (name: string, text: string) => writeFileSync(path(name), text);
  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), 'certificate-'));
    write('tls.crt', first.cert);
    write('tls.key', first.key);
    log = [];
    files = new CertificateFiles(path('tls.crt'), path('tls.key'), () => today);
    files.start({
      info: (_fields, message) => log.push({ message }),
      error: (fields, message) => log.push({ ...(fields as { reason: string }), message }),
    });
  });
  afterEach(() => {
    files.stop();
    rmSync(folder, { recursive: true });
  });
  const inForce = () => [first, second].find(({ cert }) => cert === files.value.cert);

  it('OFF-6 changes when both of them have, and only then', async () => {
    const changes: unknown[] = [];
    files.onChange((next, previous) => changes.push([previous.cert === first.cert, next.cert === second.cert]));
    write('tls.crt', second.cert);
    await waitFor(() => files.status().lastError !== undefined, { what: 'half a change is seen' });
    expect([inForce(), files.value.key, changes]).toEqual([first, first.key, []]);
    expect(files.status()).toMatchObject({ refused: 1, lastError: 'the private key is not that of the certificate' });
    write('tls.key', second.key);
    await waitFor(() => inForce() === second, { what: 'the new pair is in force' });
    expect([files.value.key, changes]).toEqual([second.key, [[true, true]]]);
    expect(files.status()).toMatchObject({ changes: 1, refused: 1, lastError: undefined });
    expect(JSON.stringify(log)).not.toContain('PRIVATE');
  });

  it('OFF-6 half a change that is taken back is forgotten', () => {
    write('tls.crt', second.cert);
    files.refresh();
    expect(files.status().lastError).toBe('the private key is not that of the certificate');
    write('tls.crt', first.cert);
    files.refresh();
    expect([inForce(), files.status()]).toEqual([
      first,
      expect.objectContaining({ changes: 0, refused: 1, lastError: undefined }),
    ]);
  });

  it('OFF-6 changed in one moment is no reason to complain', () => {
    write('tls.crt', second.cert);
    write('tls.key', second.key);
    files.refresh();
    expect([inForce(), files.status().refused]).toEqual([second, 0]);
    expect(log).toEqual([{ message: 'configuration changed' }]);
  });

  it.each([
    ['that is none', 'nonsense', () => first.key, 'there is no readable certificate'],
    ['with a key that is none', second.cert, () => 'nonsense', 'there is no readable private key'],
    [
      'with a chain that is broken below it',
      `${second.cert}${BROKEN}`,
      () => second.key,
      'there is no readable certificate chain',
    ],
    ['that has expired', expired.cert, () => expired.key, 'the certificate has expired'],
  ])('OFF-6 stays the last good one when there is one %s', (_what, cert, key, reason) => {
    write('tls.crt', cert);
    write('tls.key', key());
    files.refresh();
    expect([inForce(), files.status().lastError]).toEqual([first, reason]);
    expect(log.at(-1)).toMatchObject({ reason, message: 'configuration refused, the last good one stays' });
    write('tls.crt', second.cert);
    write('tls.key', second.key);
    files.refresh();
    expect([inForce(), files.status().lastError]).toEqual([second, undefined]);
  });

  it('that do not belong together are an error at the start', () => {
    write('tls.key', second.key);
    expect(() => new CertificateFiles(path('tls.crt'), path('tls.key'), () => today)).toThrow('is not that of');
    expect(() => new CertificateFiles(path('tls.crt'), path('none'), () => today)).toThrow('cannot be read');
  });

  it('OFF-6 say until when they are good', () => {
    const { notBefore, notAfter } = parseCertificate(first.cert, first.key);
    expect([notAfter - today, today - notBefore].every((seconds) => Math.abs(seconds - 86_400) < 60)).toBe(true);
  });
});

describe('a gateway with a certificate', () => {
  let folder: string;
  let shop: TestShop;
  const write = (pair: typeof first) => {
    writeFileSync(join(folder, 'tls.crt'), pair.cert);
    writeFileSync(join(folder, 'tls.key'), pair.key);
  };
  beforeEach(async () => {
    folder = mkdtempSync(join(tmpdir(), 'certificate-'));
    write(first);
    shop = await openShop({
      env: {
        TLS_CERT_FILE: join(folder, 'tls.crt'),
        TLS_KEY_FILE: join(folder, 'tls.key'),
        PUBLIC_URL: 'https://shop.test',
      },
    });
  });
  afterEach(async () => {
    await shop.close();
    rmSync(folder, { recursive: true });
  });

  const port = () => shop.gateway.port;
  const secure = { ca: authority.cert, host: '127.0.0.1', servername: 'shop.test' };
  const get = (agent: Agent | false = false): Promise<{ status: number; serial: string }> =>
    new Promise((resolve, reject) => {
      const outgoing = request({ ...secure, port: port(), path: '/api/stock/LAMP-1', agent }, (answer) => {
        const { serialNumber } = (answer.socket as TLSSocket).getPeerCertificate();
        answer.on('error', reject).on('end', () => resolve({ status: answer.statusCode ?? 0, serial: serialNumber }));
        answer.resume();
      });
      outgoing.on('error', reject).end();
    });
  const handshake = (options: object): Promise<TLSSocket> =>
    new Promise((resolve, reject) => {
      const socket = connect({ ...secure, port: port(), ...options }, () => resolve(socket)).on('error', reject);
    });

  it('OFF-1 ends TLS, and services are asked in plain HTTP who is out there', async () => {
    expect((await get()).status).toBe(200);
    const [seen] = shop.services.inventory.seen;
    expect(seen?.headers).toMatchObject({ 'x-forwarded-proto': 'https', 'x-forwarded-for': '127.0.0.1' });
  });

  it('OFF-1 speaks TLS 1.2 and newer, and HTTP/1.1 in it', async () => {
    await expect(
      handshake({ maxVersion: 'TLSv1.1', minVersion: 'TLSv1', ciphers: 'ALL@SECLEVEL=0' }),
    ).rejects.toThrow();
    for (const version of ['TLSv1.2', 'TLSv1.3'] as const) {
      const socket = await handshake({ maxVersion: version, minVersion: version, ALPNProtocols: ['h2', 'http/1.1'] });
      expect([socket.getProtocol(), socket.alpnProtocol]).toEqual([version, 'http/1.1']);
      socket.destroy();
    }
  });

  it('OFF-6 changes its certificate under load without failing a request', async () => {
    const agent = new Agent({ keepAlive: true, maxSockets: 4, maxCachedSessions: 0 });
    const before = (await get()).serial;
    const open = await handshake({});
    const answers: Promise<{ status: number; serial: string }>[] = [];
    // 200 a second, every second one on a connection of its own; the change comes in the middle.
    for (let n = 0; n < 300; n++) {
      answers.push(get(n % 2 === 0 ? agent : false));
      if (n === 150) write(second);
      await new Promise((resolve) => setTimeout(resolve, 5));
    }
    await waitFor(async () => (await get()).serial !== before, { what: 'the new certificate' });
    const all = await Promise.all(answers);
    expect(all.filter(({ status }) => status !== 200)).toEqual([]);
    // Who was connected before stays so, with the certificate of that time.
    open.write('GET /api/stock/LAMP-1 HTTP/1.1\r\nhost: shop.test\r\n\r\n');
    const [answer] = await once(open, 'data');
    expect([String(answer).split('\r\n', 1)[0], open.getPeerCertificate().serialNumber]).toEqual([
      'HTTP/1.1 200 OK',
      before,
    ]);
    open.destroy();
    agent.destroy();
  });

  it('OFF-6 tells how long its certificate is good for', async () => {
    const metrics = shop.gateway.app.get(Metrics).render();
    const notAfter = Number(/^souk_certificate_not_after_seconds (\d+)$/m.exec(metrics)?.[1]);
    expect(Math.abs(notAfter - today - 86_400)).toBeLessThan(60);
  });
});
