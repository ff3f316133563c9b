import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { getCACertificates, setDefaultCACertificates } from 'node:tls';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { aCertificate } from '@souk/testing';
import { send } from '../gateway.mother.js';
import { type GuardedShop, openGuardedShop } from './separate.mother.js';

/** Names of files with a certificate for this host by an authority, in a folder. */
function pairIn(
  dir: string,
  authority: ReturnType<typeof aCertificate>,
): { TLS_CERT_FILE: string; TLS_KEY_FILE: string } {
  const pair = aCertificate('shop.test', authority);
  const files = { TLS_CERT_FILE: join(dir, 'tls.crt'), TLS_KEY_FILE: join(dir, 'tls.key') };
  writeFileSync(files.TLS_CERT_FILE, pair.cert);
  writeFileSync(files.TLS_KEY_FILE, pair.key);
  return files;
}

it('OFF-6 tells until when its certificate is good, where it has one', async () => {
  const dir = mkdtempSync(join(tmpdir(), 'certificate-'));
  const env = pairIn(dir, aCertificate('souk test authority'));
  const secure = await openGuardedShop({}, env);
  const notAfter = Number(/^souk_certificate_not_after_seconds (\d+)$/m.exec(secure.metrics())?.[1]);
  expect(Math.abs(notAfter - Date.now() / 1_000 - 86_400)).toBeLessThan(60);
  await secure.close();
  rmSync(dir, { recursive: true });
});

describe('the gatekeeper with TLS to the gateway', () => {
  const authority = aCertificate('souk test authority');
  const trusted = getCACertificates('default');
  let dir: string;
  let shop: GuardedShop;
  beforeAll(async () => {
    dir = mkdtempSync(join(tmpdir(), 'inwards-'));
    shop = await openGuardedShop({ env: pairIn(dir, authority) });
  });
  afterAll(async () => {
    setDefaultCACertificates(trusted);
    await shop.close();
    rmSync(dir, { recursive: true });
  });

  it('GK-6 nothing goes to whoever cannot prove to be the gateway: the caller is told that it is away', async () => {
    const answer = await send(shop.port, '/api/products', {
      headers: { authorization: `Bearer ${shop.shop.alice}` },
    });
    expect([answer.status, answer.json.code, shop.arrived]).toEqual([503, 'upstream-unavailable', []]);
    expect(shop.metrics()).toContain('souk_gatekeeper_unanswered_total{code="upstream-unavailable"} 1');
  });

  it('GK-6 with its authority known, as by NODE_EXTRA_CA_CERTS, all goes in encrypted, and in no other way', async () => {
    shop.arrived.length = 0;
    setDefaultCACertificates([...trusted, authority.cert]);
    const encrypted: unknown[] = [];
    shop.shop.gateway.app.getHttpServer().on('request', ({ socket }: { socket: { encrypted?: boolean } }) => {
      encrypted.push(socket.encrypted);
    });
    const answer = await send(shop.port, '/api/products');
    expect([answer.status, shop.arrived.length, encrypted]).toEqual([200, 1, [true]]);
    await expect(send(shop.shop.gateway.port, '/api/products')).rejects.toThrow();
    expect(shop.arrived.length).toBe(1);
  });
});
