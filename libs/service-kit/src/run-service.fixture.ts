import { setTimeout as sleep } from 'node:timers/promises';
import { Controller, Get, Module } from '@nestjs/common';
import { Server as TransportServer, type CustomTransportStrategy } from '@nestjs/microservices';
import { baseEnv, loadConfig } from '@souk/config';
import { definePoint, failpoint } from '@souk/failpoints';
import { withSpan } from '@souk/observability';
import { HealthRegistry } from './health-registry.js';
import { runService } from './run-service.js';

/**
 * A service for run-service.int.spec.ts: the argument is its environment as JSON; FAULT tells what it does wrong. What it waits for
 * is said to it on its standard input, in words: `up`, what was down is there; `go`, slow requests are answered.
 */
const env = JSON.parse(process.argv[2] ?? '{}') as Record<string, string>;
const fault = env['FAULT'];
const config = loadConfig(baseEnv, env);
const LOOK_EVERY_MS = 10;
const said = new Set<string>();
process.stdin.on('data', (words: Buffer) =>
  words
    .toString()
    .trim()
    .split(' ')
    .forEach((word) => said.add(word)),
);
process.stdin.unref();
const SLOW = definePoint('fixture.slow', 'a slow request has waited');

@Controller()
class SlowController {
  @Get('slow')
  async slow(): Promise<object> {
    console.log('a slow request is under way');
    while (!said.has('go')) await sleep(LOOK_EVERY_MS);
    await failpoint(SLOW);
    return { done: true };
  }

  @Get('work')
  work(): Promise<object> {
    return withSpan('work', {}, () => ({ done: true }));
  }

  @Get('endless')
  endless(): Promise<object> {
    console.log('an endless request is under way');
    return new Promise(() => undefined);
  }

  @Get('crash')
  crash(): object {
    void Promise.reject(new Error('nobody catches this'));
    return {};
  }
}

/** Refuses to listen until its broker is up. */
abstract class FakeTransport extends TransportServer implements CustomTransportStrategy {}
class FlakyTransport extends FakeTransport {
  listen(callback: (error?: unknown) => void): void {
    callback(said.has('up') ? undefined : new Error('no broker'));
  }

  close(): void {
    console.log('consumers drained');
  }

  on(): void {}

  unwrap<T>(): T {
    throw new Error('nothing to unwrap');
  }
}

const refused = (): Error => Object.assign(new Error('connect ECONNREFUSED'), { code: 'ECONNREFUSED' });
const databaseProvider = {
  provide: 'database',
  inject: [HealthRegistry],
  useFactory: (health: HealthRegistry) => {
    if (fault === 'database-down' && !said.has('up')) throw refused();
    if (fault === 'bug') throw new TypeError('x is not a function');
    health.addReadiness('database', async () => undefined);
    return {};
  },
};
const transportProvider = { provide: FakeTransport, useFactory: () => new FlakyTransport() };

@Module({
  controllers: [SlowController],
  providers: fault === 'broker-down' ? [databaseProvider, transportProvider] : [databaseProvider],
})
class FixtureModule {}

await runService({ name: 'fixture', module: FixtureModule, config, transport: FakeTransport });
