import { renameSync, writeFileSync } from 'node:fs';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { Controller, Get, Module } from '@nestjs/common';
import { APP_GUARD } from '@nestjs/core';
import type { NestFastifyApplication } from '@nestjs/platform-fastify';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { baseEnv, loadConfig } from '@souk/config';
import { internalAuth } from '@souk/http';
import { createApp, WatchedFiles } from '@souk/service-kit';
import { waitFor } from '@souk/testing';
import {
  aToken,
  everyServiceIs,
  type Keys,
  newKeys,
  type RunningGateway,
  send,
  startGateway,
} from './gateway.mother.js';

/** Longer than a service waits before it looks for a key that it does not know. */
const OVER_COOLDOWN_MS = 1_200;
const sleep = (ms: number) => new Promise((resolve) => setTimeout(resolve, ms));

@Controller()
class ProductsController {
  @Get('products')
  list(): object {
    return { items: [] };
  }
}

/** A service as they all are: it trusts what the gateway signed and nothing else. */
async function startService(jwksUrl: string): Promise<{ app: NestFastifyApplication; port: number }> {
  @Module({
    controllers: [ProductsController],
    providers: [{ provide: APP_GUARD, useFactory: () => internalAuth({ jwksUrl }) }],
  })
  class ServiceModule {}
  const config = loadConfig(baseEnv, { HTTP_PORT: '0', MANAGEMENT_PORT: '0', LOG_LEVEL: 'silent' });
  const app = await createApp(ServiceModule, config);
  await app.listen(0, '127.0.0.1');
  return { app, port: (app.getHttpServer().address() as AddressInfo).port };
}

describe('rotation of the internal signing key', () => {
  const gateways: RunningGateway[] = [];
  let keys: { issuer: Keys; internal: Keys };
  let service: Awaited<ReturnType<typeof startService>>;
  let keyServer: Server;
  let asked = 0;

  /** The key set as the Service of the gateway gives it out: of one replica or of the other. */
  const startKeyServer = async (): Promise<string> => {
    keyServer = createServer(async (_request, response) => {
      const replica = gateways[asked++ % gateways.length];
      const { body } = (await replica?.management.find('/jwks.json')?.()) ?? { body: { keys: [] } };
      response.setHeader('content-type', 'application/json').end(JSON.stringify(body));
    });
    await new Promise<void>((resolve) => keyServer.listen(0, '127.0.0.1', resolve));
    return `http://127.0.0.1:${(keyServer.address() as AddressInfo).port}/jwks.json`;
  };
  /** As the command line and the kubelet do: in one step, on one replica after the other. */
  const writeKeys = async (content: unknown): Promise<void> => {
    for (const { dir } of gateways) {
      writeFileSync(join(dir, 'next.json'), typeof content === 'string' ? content : JSON.stringify(content));
      renameSync(join(dir, 'next.json'), join(dir, 'internal.json'));
      await sleep(150);
    }
  };
  /** The same, until every replica has seen it and says no. */
  const refused = async (content: unknown): Promise<void> => {
    const counts = () => gateways.map(({ app }) => app.get(WatchedFiles).report()['signing-keys']?.refused ?? NaN);
    const before = counts();
    await writeKeys(content);
    await waitFor(() => counts().every((count, index) => count > (before[index] ?? Infinity)), {
      what: 'the file is refused',
    });
  };
  const publishedBy = async (gateway: RunningGateway): Promise<(string | undefined)[]> => {
    const answer = await gateway.management.find('/jwks.json')?.();
    const { keys: published } = (answer?.body ?? { keys: [] }) as { keys: { kid?: string }[] };
    return published.map(({ kid }) => kid);
  };
  const until = (...kids: (string | undefined)[]) =>
    waitFor(
      async () => {
        const sets = await Promise.all(gateways.map(publishedBy));
        return sets.every((set) => set.join() === kids.join());
      },
      { what: `keys ${kids.join()} on every replica` },
    );

  beforeAll(async () => {
    keys = { issuer: await newKeys(), internal: await newKeys() };
    service = await startService(await startKeyServer());
    const services = everyServiceIs(service);
    for (let replica = 0; replica < 2; replica++) gateways.push(await startGateway(services, keys));
  });
  afterAll(async () => {
    await Promise.all(gateways.map((gateway) => gateway.close()));
    await service.app.close();
    await new Promise((resolve) => keyServer.close(resolve));
  });

  /** Callers without a pause, each often a new one, so that tokens are signed all the time. Ends when told; counts by answer. */
  function load() {
    const counts = new Map<string, number>();
    const begun = Array.from({ length: 8 }, () => 0);
    let running = true;
    const caller = async (index: number): Promise<void> => {
      for (let call = 0; running; call++) {
        begun[index] = call;
        const token = await aToken(keys.issuer, { sub: `user-${index}-${Math.floor(call / 3)}` });
        const port = gateways[call % gateways.length]?.port ?? 0;
        const { status, json } = await send(port, '/api/products', { headers: { authorization: `Bearer ${token}` } });
        const outcome = status === 200 ? 'ok' : `${status} ${json.code}`;
        counts.set(outcome, (counts.get(outcome) ?? 0) + 1);
        await sleep(5);
      }
    };
    const callers = Promise.all(begun.map((_, index) => caller(index)));
    return {
      /** Until all that is under way now has its answer. */
      settled: async () => {
        const before = [...begun];
        await waitFor(() => begun.every((call, index) => call > (before[index] ?? 0)), {
          what: 'an answer for every caller',
        });
      },
      end: async () => {
        running = false;
        await callers;
        return Object.fromEntries(counts);
      },
    };
  }

  /** In its three steps: published, signs, alone. */
  async function rotate(traffic: ReturnType<typeof load>): Promise<void> {
    const [current, next] = [keys.internal, await newKeys()];
    await writeKeys({ keys: [current.privateJwk, next.privateJwk] });
    await until(current.publicJwk.kid, next.publicJwk.kid);
    await sleep(OVER_COOLDOWN_MS);
    await writeKeys({ keys: [next.privateJwk, current.privateJwk] });
    keys = { ...keys, internal: next };
    await until(next.publicJwk.kid, current.publicJwk.kid);
    // An old key goes when nothing that it signed is under way any more.
    await traffic.settled();
    await writeKeys({ keys: [next.privateJwk] });
    await until(next.publicJwk.kid);
  }

  it('CFG-10 FED-10 twice under load refuses nobody, and no process is restarted', async () => {
    const traffic = load();
    try {
      for (let round = 0; round < 2; round++) await rotate(traffic);
    } finally {
      await traffic.end();
    }
    const counts = await traffic.end();
    expect(Object.keys(counts)).toEqual(['ok']);
    expect(counts['ok']).toBeGreaterThan(200);
  }, 60_000);

  it('CFG-4 keeps the last good keys when the file becomes garbage', async () => {
    await refused('{"keys":[{"kty":"EC"');
    await refused({ keys: [] });
    await refused({ keys: [{ ...keys.internal.privateJwk, d: keys.internal.privateJwk.x }] });
    const traffic = load();
    await sleep(300);
    expect(Object.keys(await traffic.end())).toEqual(['ok']);
    await writeKeys({ keys: [keys.internal.privateJwk] });
    await until(keys.internal.publicJwk.kid);
  });

  it('is noticed when a key signs that was not published before: that is what the first step is for', async () => {
    const [gateway] = gateways;
    const forged = await aToken(await newKeys());
    // Somebody made the service look just now, so it does not look again for a second.
    await sleep(OVER_COOLDOWN_MS);
    const direct = await send(service.port, '/products', { headers: { authorization: `Bearer ${forged}` } });
    expect(direct.status).toBe(401);
    const next = await newKeys();
    writeFileSync(join(gateway?.dir ?? '', 'internal.json'), JSON.stringify(next.privateJwk));
    await waitFor(async () => (gateway ? (await publishedBy(gateway))[0] === next.publicJwk.kid : false), {
      what: 'the new key',
    });
    const authorization = `Bearer ${await aToken(keys.issuer, { sub: 'early' })}`;
    const early = await send(gateway?.port ?? 0, '/api/products', { headers: { authorization } });
    expect([early.status, early.json.code]).toEqual([401, 'token-invalid']);
  });
});
