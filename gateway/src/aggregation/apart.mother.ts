import type { AddressInfo } from 'node:net';
import type { NestFastifyApplication } from '@nestjs/platform-fastify';
import { createApp } from '@souk/service-kit';
import { edgeHooks } from '../gatekeeper/edge-hooks.js';
import {
  FakeService,
  gatewaySettings,
  innerEnvironmentOf,
  openShop,
  type TestOverrides,
  type TestShop,
} from '../gateway.mother.js';
import { freePorts } from '../rolling-restart.mother.js';
import { aggregationModule } from './aggregation.module.js';
import { readConfig } from './config.js';

export interface ApartShop extends TestShop {
  /** Of the process that puts pages and batches together. */
  readonly inner: { readonly app: NestFastifyApplication; readonly port: number; stop(): Promise<void> };
}

/** A gateway that leads pages and batches to a process of their own, which follows the same settings. */
export async function openApart(overrides: TestOverrides = {}): Promise<ApartShop> {
  const { settings = gatewaySettings({}), activity } = overrides;
  const { port } = await freePorts();
  const env = { ...overrides.env, AGGREGATION_URL: `http://127.0.0.1:${port}` };
  const shop = await openShop({ ...overrides, settings, env });
  const keys = await new FakeService().start();
  keys.answers(200, (await shop.gateway.management.find('/jwks.json')?.())?.body);
  const jwks = { INTERNAL_JWKS_URL: `http://127.0.0.1:${keys.port}/jwks.json` };
  const config = readConfig({ ...innerEnvironmentOf(shop.services), ...jwks });
  const module = aggregationModule(config, { settings, ...(activity && { activity }) });
  const app = await createApp(module, config, { onFastify: edgeHooks(config) });
  await app.listen(port, '127.0.0.1');
  const stop = (): Promise<void> => app.close();
  return {
    ...shop,
    inner: { app, port: (app.getHttpServer().address() as AddressInfo).port, stop },
    close: async () => {
      await shop.close();
      await stop();
      await keys.stop();
    },
  };
}
