import { hostPlace } from '../../../cli/src/config/host-place.ts';
import type { Place } from '../../../cli/src/config/place.ts';
import { CliError } from '../../../cli/src/errors.ts';
import { openInstance, type Instance } from '../../../cli/src/instance.ts';
import { managementPortOf } from '../../../cli/src/ports.ts';
import { ApiClient } from '../../../cli/src/shop/api-client.ts';
import { shopContext, type ShopContext } from '../../../cli/src/shop/context.ts';
import { soukCommand } from '../../../cli/src/souk-command.ts';
import { ask, command } from '../../../cli/src/supervisor/launch.ts';
import { answers } from '../../../cli/src/supervisor/probe.ts';
import type { ProcessSpec, ProcessStatus } from '../../../cli/src/supervisor/process-spec.ts';
import { waitReady } from '../../../cli/src/supervisor/wait.ts';
import { identityOf, signal } from '../../../cli/src/system/process-identity.ts';
import { specsBefore, type Specs } from './before.ts';
import { consuming } from './consuming.ts';
import { untilReady } from './until-ready.ts';
import type { HowToStop, Running, RunSetting, Target } from './target.ts';

const READY_MS = 60_000;
const LOOK_EVERY_MS = 200;

/** A shop that `./souk up` has started on this machine. */
export class HostTarget implements Target {
  readonly kind = 'host';
  readonly instance: Instance;
  readonly context: ShopContext;
  readonly api: ApiClient;
  readonly place: Place;
  readonly dir: string;
  readonly #before: Specs;
  /** How processes run in this run, where that is not as before. */
  readonly #settings = new Map<string, RunSetting>();

  constructor(instance: Instance, context: ShopContext, before: Specs) {
    this.instance = instance;
    this.context = context;
    this.place = hostPlace(instance);
    this.dir = instance.dir;
    this.api = new ApiClient(context.gatewayUrl, instance.name);
    this.#before = before;
  }

  /** @throws CliError where it does not run, or where an address of it is not of this machine */
  static open(name: string): HostTarget {
    const instance = openInstance(name);
    const context = shopContext(name);
    requireLoopback(context);
    return new HostTarget(instance, context, specsBefore(instance));
  }

  async processes(): Promise<readonly Running[]> {
    return (await this.statuses()).map(runningOf);
  }

  /** As `processes`, but nothing is started to answer: of a dead supervisor nobody runs. */
  async seen(): Promise<readonly Running[]> {
    return ((await ask(this.instance, { op: 'status' }))?.processes ?? []).map(runningOf);
  }

  async process(name: string): Promise<Running> {
    return runningOf(await this.status(name));
  }

  /** All that the supervisor knows of the processes. */
  async statuses(): Promise<readonly ProcessStatus[]> {
    return (await command(this.instance, { op: 'status' })).processes;
  }

  async status(name: string): Promise<ProcessStatus> {
    const found = (await this.statuses()).find((one) => one.name === name);
    if (found === undefined) throw this.#unknown(name);
    return found;
  }

  async signal(name: string, which: NodeJS.Signals): Promise<void> {
    const identity = identityOf(await this.status(name));
    if (identity === undefined || !signal(identity, which)) throw new Error(`${name} does not run`);
  }

  async stop(name: string, how: HowToStop = 'orderly'): Promise<void> {
    this.#specBefore(name);
    // The order to stay away reaches the supervisor before its first wait, 200 ms, is over.
    if (how === 'kill' && (await this.status(name)).pid !== null) await this.signal(name, 'SIGKILL');
    await command(this.instance, { op: 'stop', names: [name] });
  }

  async start(name: string): Promise<void> {
    const spec = this.spec(name);
    await command(this.instance, { op: 'start', specs: [spec] });
    await waitReady(this.instance, [name], READY_MS);
  }

  async restart(name: string, setting: RunSetting): Promise<void> {
    await this.beginAnew(name, setting);
    await this.works([name]);
  }

  /** As `restart`, for one that may not come to work. */
  async beginAnew(name: string, setting: RunSetting): Promise<void> {
    this.#settings.set(name, setting);
    await command(this.instance, { op: 'restart', specs: [this.spec(name)] });
  }

  /** Until all of them are ready and consume. */
  async works(names: readonly string[]): Promise<void> {
    await waitReady(this.instance, names, READY_MS);
    await consuming(this.context.urls['KAFKA_URL'] ?? '', names, READY_MS);
  }

  async asBefore(name: string): Promise<void> {
    this.#settings.delete(name);
    const { touched } = await command(this.instance, { op: 'start', specs: [this.#specBefore(name)] });
    if (touched.length > 0) await this.works([name]);
  }

  ready(names: readonly string[], withinMs: number): Promise<void> {
    return untilReady(() => this.#missing(names), { withinMs, everyMs: LOOK_EVERY_MS });
  }

  managementUrl(name: string): string {
    const port = managementPortOf(this.instance.ports, name);
    if (port === null) throw new Error(`${name} has no management port`);
    return `http://127.0.0.1:${port}`;
  }

  /** How it runs in this run. */
  spec(name: string): ProcessSpec {
    const spec = this.#specBefore(name);
    return { ...spec, env: { ...spec.env, ...this.#settings.get(name)?.env } };
  }

  /** Those that are meant to run, as they were before the run. */
  names(): string[] {
    return [...this.#before.keys()];
  }

  async #missing(names: readonly string[]): Promise<string[]> {
    const statuses = await this.statuses();
    const ready = await Promise.all(
      names.map(async (name) => {
        const running = statuses.some((one) => one.name === name && one.pid !== null);
        return running && (await answers(this.#specBefore(name).probe));
      }),
    );
    return names.filter((_, index) => !ready[index]);
  }

  #specBefore(name: string): ProcessSpec {
    const spec = this.#before.get(name);
    if (spec === undefined) throw this.#unknown(name);
    return spec;
  }

  #unknown(name: string): CliError {
    return new CliError(
      `'${this.instance.name}' runs no process ${name} that can be broken`,
      `it runs ${this.names().join(', ') || 'none'}`,
      `${soukCommand(this.instance.name, 'status')} lists them; servers given by URL are not ours to break`,
    );
  }
}

const runningOf = ({ name, pid, health, restarts }: ProcessStatus): Running => ({
  name,
  pid,
  ready: health === 'ready',
  restarts,
});

const LOOPBACK = /^(127\.\d+\.\d+\.\d+|localhost|::1|\[::1\])$/;

/** Load and faults go to this machine alone, whatever the environment names. @throws CliError for any other host */
export function requireLoopback({ instance, urls }: Pick<ShopContext, 'instance' | 'urls'>): void {
  for (const [variable, url] of Object.entries(urls)) {
    if (!variable.endsWith('_URL')) continue;
    const elsewhere = hostsOf(url).find((host) => !LOOPBACK.test(host));
    if (elsewhere === undefined) continue;
    throw new CliError(
      `'${instance}' is not broken: ${variable} is at ${elsewhere}`,
      'experiments work on this machine alone',
      `give it servers of its own: ${soukCommand(instance, 'down')}, unset ${variable}, ${soukCommand(instance, 'up')}`,
    );
  }
}

/** Of `host:port,host:port` and of URLs. */
function hostsOf(url: string): string[] {
  const list = url.includes('://') ? [url] : url.split(',').map((server) => `tcp://${server}`);
  return list.flatMap((one) => {
    const { hostname, searchParams } = new URL(one);
    // PostgreSQL's clients believe these more than the host.
    return [hostname, ...searchParams.getAll('host'), ...searchParams.getAll('hostaddr')];
  });
}
