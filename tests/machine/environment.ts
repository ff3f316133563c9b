// Where specs run that judge by time what processes do. A machine that is shared can stand still under them, stores and all: what
// fails then says nothing of the shop. Such a test, and no other, is tried again, and said.
import { appendFileSync } from 'node:fs';
import type { EnvironmentContext, JestEnvironmentConfig } from '@jest/environment';
import type { Circus } from '@jest/types';
import { TestEnvironment } from 'jest-environment-node';
import { Disturbance, type Limits } from './disturbance.ts';

/** What jest-circus reads where it runs the tests of a block; `jest.retryTimes` sets the same for one file. */
const RETRIES = Symbol.for('RETRY_TIMES');
const RETRY_AT_ONCE = Symbol.for('RETRY_IMMEDIATELY');
/** Where each time before the machine stood still: a bad minute has several such seconds. */
const MORE_TRIES = 2;
/** Names a file for the paths of specs in which something failed while the machine stood still, and nothing before that. */
const DISTURBED = 'SOUK_TEST_DISTURBED';

export class WatchedEnvironment extends TestEnvironment {
  readonly #disturbance: Disturbance;
  readonly #path: string;
  /** How it was when something in this file failed for the first time: what follows may come of that. */
  #firstFailure: 'disturbed' | 'undisturbed' | undefined;
  #began: ReturnType<Disturbance['mark']>;
  #failed: Circus.TestEntry['errors'] = [];
  #isFinal = false;

  constructor(config: JestEnvironmentConfig, context: EnvironmentContext) {
    super(config, context);
    this.#disturbance = new Disturbance(config.projectConfig.testEnvironmentOptions as Partial<Limits>);
    this.#began = this.#disturbance.mark();
    this.#path = context.testPath;
  }

  override async setup(): Promise<void> {
    await super.setup();
    Object.assign(this.global, { [RETRIES]: MORE_TRIES, [RETRY_AT_ONCE]: true });
  }

  override async teardown(): Promise<void> {
    await this.#disturbance.stop();
    const list = process.env[DISTURBED];
    if (list !== undefined && this.#firstFailure === 'disturbed') appendFileSync(list, `${this.#path}\n`);
    await super.teardown();
  }

  async handleTestEvent(event: Circus.AsyncEvent | Circus.SyncEvent): Promise<void> {
    if (event.name === 'test_start') {
      if (event.test.invocations <= 1) this.#isFinal = false;
      this.#began = this.#disturbance.mark();
    }
    if (event.name === 'test_done') this.#failed = event.test.errors;
    // Of a file or a block: these have no second try.
    if (event.name === 'hook_start' && event.hook.type.endsWith('All')) this.#began = this.#disturbance.mark();
    if (event.name === 'hook_failure' && event.hook.type.endsWith('All')) await this.#ask();
    if (event.name === 'error') this.#firstFailure ??= 'undisturbed';
    if (event.name === 'test_retry') await this.#judge(event.test);
  }

  /** What happened to the machine since a test or a hook began that has failed; undefined where that was nothing. */
  async #ask(): Promise<string | undefined> {
    const disturbed = await this.#disturbance.since(this.#began);
    this.#firstFailure ??= disturbed === undefined ? 'undisturbed' : 'disturbed';
    return disturbed;
  }

  /**
   * Called where a test has failed, with its errors already taken off it. With its errors given back Jest runs neither what goes before it
   * nor the test itself; what goes after it runs for none that is marked as concurrent.
   */
  async #judge(test: Circus.TestEntry): Promise<void> {
    const disturbed = this.#isFinal ? undefined : await this.#ask();
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
