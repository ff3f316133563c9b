// Where specs run that judge by time what processes do. A machine that is shared can stand still under them, stores and all: what
// fails then says nothing of the shop. Such a test, and no other, is tried again, and said.
import type { EnvironmentContext, JestEnvironmentConfig } from '@jest/environment';
import type { Circus } from '@jest/types';
import { TestEnvironment } from 'jest-environment-node';
import { Disturbance, type Limits } from './disturbance.ts';

/** What jest-circus reads where it runs the tests of a block; `jest.retryTimes` sets the same for one file. */
const RETRIES = Symbol.for('RETRY_TIMES');
const RETRY_AT_ONCE = Symbol.for('RETRY_IMMEDIATELY');
/** Where each time before the machine stood still: a bad minute has several such seconds. */
const MORE_TRIES = 2;

export class WatchedEnvironment extends TestEnvironment {
  readonly #disturbance: Disturbance;
  #began: ReturnType<Disturbance['mark']>;
  #failed: Circus.TestEntry['errors'] = [];
  #isFinal = false;

  constructor(config: JestEnvironmentConfig, context: EnvironmentContext) {
    super(config, context);
    this.#disturbance = new Disturbance(config.projectConfig.testEnvironmentOptions as Partial<Limits>);
    this.#began = this.#disturbance.mark();
  }

  override async setup(): Promise<void> {
    await super.setup();
    Object.assign(this.global, { [RETRIES]: MORE_TRIES, [RETRY_AT_ONCE]: true });
  }

  override async teardown(): Promise<void> {
    await this.#disturbance.stop();
    await super.teardown();
  }

  async handleTestEvent(event: Circus.AsyncEvent | Circus.SyncEvent): Promise<void> {
    if (event.name === 'test_start') {
      if (event.test.invocations <= 1) this.#isFinal = false;
      this.#began = this.#disturbance.mark();
    }
    if (event.name === 'test_done') this.#failed = event.test.errors;
    if (event.name === 'test_retry') await this.#judge(event.test);
  }

  /**
   * Called where a test has failed, with its errors already taken off it. With its errors given back Jest runs neither what goes before it
   * nor the test itself; what goes after it runs for none that is marked as concurrent.
   */
  async #judge(test: Circus.TestEntry): Promise<void> {
    const disturbed = this.#isFinal ? undefined : await this.#disturbance.since(this.#began);
    if (disturbed === undefined) {
      // Jest asks again for each try that it has left.
      this.#isFinal = true;
      Object.assign(test, { errors: this.#failed, concurrent: true });
    } else {
      const failures = this.#failed.map(reason).join('\n');
      console.log(`once more: "${test.name}", because ${disturbed}. It failed with\n${failures}`);
    }
  }
}

/** An error of a test is what was thrown, or that and where the call was, in this order. */
function reason(error: Circus.TestEntry['errors'][number]): string {
  const thrown: unknown = Array.isArray(error) ? (error[0] ?? error[1]) : error;
  const said = String((thrown as { stack?: unknown } | undefined)?.stack ?? thrown);
  return said.replaceAll(/^ +at .*node_modules.*\n?/gm, '');
}
