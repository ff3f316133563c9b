import { Controller, Get, Module } from '@nestjs/common';
import { Server as TransportServer, type CustomTransportStrategy } from '@nestjs/microservices';
import { baseEnv, loadConfig } from '@souk/config';
import { definePoint, failpoint } from '@souk/failpoints';
import { withSpan } from '@souk/observability';
import { HealthRegistry } from './health-registry.js';
import { runService } from './run-service.js';

/** A service for run-service.int.spec.ts: the argument is its environment as JSON; FAULT tells what it does wrong. */
const env = JSON.parse(process.argv[2] ?? '{}') as Record<string, string>;
const fault = env['FAULT'];
const config = loadConfig(baseEnv, env);
const startedAt = Date.now();
const DOWN_MS = 500;
const SLOW = definePoint('fixture.slow', 'a slow request has waited');

@Controller()
class SlowController {
  @Get('slow')
  async slow(): Promise<object> {
    await new Promise((resolve) => setTimeout(resolve, 600));
    await failpoint(SLOW);
    return { done: true };
  }

  @Get('work')
  work(): Promise<object> {
    return withSpan('work', {}, () => ({ done: true }));
  }

  @Get('endless')
  endless(): Promise<object> {
    return new Promise(() => undefined);
  }

  @Get('crash')
  crash(): object {
    void Promise.reject(new Error('nobody catches this'));
    return {};
  }
}

/** Refuses to listen while its broker is down. */
abstract class FakeTransport extends TransportServer implements CustomTransportStrategy {}
class FlakyTransport extends FakeTransport {
  listen(callback: (error?: unknown) => void): void {
    callback(Date.now() - startedAt < DOWN_MS ? new Error('no broker') : undefined);
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
    if (fault === 'database-down' && Date.now() - startedAt < DOWN_MS) throw refused();
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
