import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { HealthRegistry } from '@souk/service-kit';
import { openApart } from '../aggregation/apart.mother.js';
import { FakeService, openShop, type TestShop } from '../gateway.mother.js';

describe('the deep check of the gateway', () => {
  let shop: TestShop;
  let health: HealthRegistry;
  beforeAll(async () => {
    shop = await openShop();
    health = shop.gateway.app.get(HealthRegistry);
  });
  afterAll(() => shop.close());
  const away = async () =>
    Object.entries(await health.askAll()).flatMap(([name, { ok, core }]) => (ok ? [] : [{ name, core }]));

  it('HEM-1 asks everything it leads to, a refusal being an answer', async () => {
    shop.services.catalog.answers(404, { code: 'route-not-found' });
    shop.services.order.answers(401, { code: 'authentication-required' });
    expect(Object.keys(await health.askAll()).sort()).toEqual([
      'catalog',
      'identity',
      'inventory',
      'order',
      'order-query',
      'recommendation',
    ]);
    expect(await away()).toEqual([]);
  });

  it('HEM-3 names a service that answers with a failure', async () => {
    shop.services.inventory.answers(500, {});
    expect(await away()).toEqual([{ name: 'inventory', core: true }]);
    expect((await health.askAll())['inventory']).toMatchObject({ error: 'answered 500' });
    shop.reset();
  });

  it('HEM-2 recommendation away is no core failure, and neither is it one of readiness', async () => {
    await shop.services.recommendation.stop();
    expect(await away()).toEqual([{ name: 'recommendation', core: false }]);
    expect((await health.askAll())['recommendation']?.error).toContain('ECONNREFUSED');
    expect((await health.report()).ready).toBe(true);
  });

  it('HEM-2 a core service away fails the deep check, and takes no gateway out of rotation', async () => {
    await shop.services.order.stop();
    expect(await away()).toContainEqual({ name: 'order', core: true });
    expect((await health.report()).ready).toBe(true);
  });

  it('HEM-2 one of several instances away is no core failure, and is named; all of them away are one', async () => {
    const [one, other] = [await new FakeService().start(), await new FakeService().start()];
    const env = { CATALOG_URL: `http://127.0.0.1:${one.port},http://127.0.0.1:${other.port}` };
    const several = await openShop({ env });
    const registry = several.gateway.app.get(HealthRegistry);
    const [first, second] = [one, other].map(({ port }) => `catalog 127.0.0.1:${port}`);
    const found = async () =>
      Object.entries(await registry.askAll()).filter(([name, { ok }]) => name.startsWith('catalog') && !ok);
    await one.stop();
    expect(await found()).toMatchObject([[first, { core: false }]]);
    await other.stop();
    expect(await found()).toMatchObject([
      ['catalog', { core: true, error: expect.stringContaining('ECONNREFUSED') }],
      [first, { core: false }],
      [second, { core: false }],
    ]);
    await several.close();
  });

  it('HEM-1 asks a deployment for pages, which asks what it leads to itself', async () => {
    const apart = await openApart();
    const { gateway, inner } = apart;
    const [outside, inside] = [gateway.app, inner.app].map((app) => app.get(HealthRegistry));
    expect((await outside?.askAll())?.['aggregation']).toMatchObject({ ok: true, core: false });
    await apart.services.order.stop();
    expect(await inside?.askAll()).toMatchObject({ catalog: { ok: true }, order: { ok: false, core: true } });
    expect((await inside?.report())?.ready).toBe(true);
    await inner.stop();
    expect((await outside?.askAll())?.['aggregation']).toMatchObject({ ok: false, core: false });
    await apart.close();
  });

  it('HEM-1 asks every issuer that is believed', async () => {
    const provider = await new FakeService().start();
    const folder = mkdtempSync(join(tmpdir(), 'issuers-'));
    const file = join(folder, 'issuers.yaml');
    writeFileSync(join(folder, 'secret'), 'secret');
    const issuerAt = (issuer: string) => ({ issuer, label: 'A', clientSecretFile: join(folder, 'secret') });
    const [there, gone] = [`http://127.0.0.1:${provider.port}/there/`, 'http://127.0.0.1:1'];
    writeFileSync(file, JSON.stringify({ issuers: { social: issuerAt(there), corporate: issuerAt(gone) } }));
    const believing = await openShop({ env: { ISSUERS_FILE: file } });
    const found = await believing.gateway.app.get(HealthRegistry).askAll();
    expect(found).toMatchObject({ 'identity social': { ok: true }, 'identity corporate': { ok: false, core: false } });
    expect(found).not.toHaveProperty('identity');
    expect(provider.seen.map(({ url }) => url)).toContain('/there/.well-known/openid-configuration');
    await believing.close();
    await provider.stop();
    rmSync(folder, { recursive: true });
  });

  it('HEM-3 asks services whether they are ready, where it knows where', async () => {
    const management = await new FakeService().start();
    management.answers(503, { status: 'not-ready' });
    const env = { UPSTREAM_MANAGEMENT_PORT: String(management.port) };
    const other = await openShop({ env });
    const found = await other.gateway.app.get(HealthRegistry).askAll();
    expect(found['inventory']).toMatchObject({ ok: false, error: 'answered 503' });
    expect(new Set(management.seen.map(({ url }) => url))).toEqual(new Set(['/readyz']));
    await other.close();
    await management.stop();
  });
});
