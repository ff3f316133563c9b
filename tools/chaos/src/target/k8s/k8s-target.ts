import type { Place } from '../../../../cli/src/config/place.ts';
import { CliError } from '../../../../cli/src/errors.ts';
import type { KubectlOptions } from '../../../../cli/src/cluster/kubectl.ts';
import { ApiClient } from '../../../../cli/src/shop/api-client.ts';
import type { ShopContext } from '../../../../cli/src/shop/context.ts';
import { waitFor } from '../../../../cli/src/shop/wait-for.ts';
import { soukCommand } from '../../../../cli/src/souk-command.ts';
import { consuming } from '../consuming.ts';
import type { HowToStop, Running, RunSetting, Target } from '../target.ts';
import { untilReady } from '../until-ready.ts';
import { abortProcess } from './abort-process.ts';
import { disown, MANAGER } from './disown.ts';
import { envPatch, isChanged, morePatch, type Patch, startPatch, stopPatch } from './patches.ts';
import { isReady, isStore, LOOK, nameThere, podsOf, runningOf, type Seen, seenIn, standing } from './workloads.ts';
import type { Workload } from './workloads.ts';

const READY_MS = 120_000;
/** As long as a pod may take to end when it is asked to. */
const GONE_MS = 90_000;
/** Kubernetes waits longer and longer before it starts a container again. */
const RESTARTED_MS = 60_000;
/** kubectl is a large program: asking often would take a core from the shop. */
const LOOK_EVERY_MS = 700;

/** Runs kubectl in the shop's namespace; answers its output. */
export type Kubectl = (args: readonly string[], options?: KubectlOptions) => Promise<string>;

export interface K8sParts {
  readonly kubectl: Kubectl;
  readonly context: ShopContext;
  readonly place: Place;
  /** Where this machine keeps what belongs to the shop. */
  readonly dir: string;
  /** URLs of the management ports as this machine reaches them, by the name of the workload. */
  readonly management: ReadonlyMap<string, string>;
}

/**
 * A shop in a namespace of a cluster. A process is a Deployment or a StatefulSet; what has to be known to put one back is written on it
 * in the same step in which it is changed, so that anybody can.
 */
export class K8sTarget implements Target {
  readonly kind = 'k8s';
  readonly context: ShopContext;
  readonly api: ApiClient;
  readonly place: Place;
  readonly dir: string;
  readonly #kubectl: Kubectl;
  readonly #management: ReadonlyMap<string, string>;

  constructor({ kubectl, context, place, dir, management }: K8sParts) {
    this.context = context;
    this.place = place;
    this.dir = dir;
    this.api = new ApiClient(context.gatewayUrl, context.instance);
    this.#kubectl = kubectl;
    this.#management = management;
  }

  async processes(): Promise<readonly Running[]> {
    const seen = await this.look();
    return seen.workloads.map((workload) => runningOf(seen, workload));
  }

  async process(name: string): Promise<Running> {
    const seen = await this.look();
    return runningOf(seen, this.#find(seen, name));
  }

  /** Of every pod of it. Resolves when Kubernetes has noticed. */
  async signal(name: string, signal: NodeJS.Signals): Promise<void> {
    if (signal !== 'SIGKILL') throw new Error(`nobody outside of a pod can send ${signal} to ${name}`);
    const seen = await this.look();
    const workload = this.#find(seen, name);
    const pods = standing(seen, workload).filter(({ status }) => status.phase === 'Running');
    if (pods.length === 0) throw new Error(`${name} does not run`);
    if (isStore(workload)) return this.#deleteNow(pods.map(({ metadata }) => metadata.name));
    const before = runningOf(seen, workload).restarts;
    const [container] = workload.spec.template.spec.containers;
    await Promise.all(
      pods.map(({ metadata }) => abortProcess(this.#kubectl, metadata.name, container?.name ?? workload.metadata.name)),
    );
    await this.#until(name, 'was started again', RESTARTED_MS, (one, now) => runningOf(now, one).restarts > before);
  }

  async stop(name: string, how: HowToStop = 'orderly'): Promise<void> {
    const seen = await this.look();
    const workload = this.#find(seen, name);
    await this.#patch(workload, stopPatch(workload));
    if (how === 'kill') await this.#deleteNow(podsOf(seen, workload).map(({ metadata }) => metadata.name));
    await this.#until(name, 'is gone', GONE_MS, (one, now) => podsOf(now, one).length === 0);
  }

  async start(name: string): Promise<void> {
    const workload = this.#find(await this.look(), name);
    await this.#patch(workload, startPatch(workload));
    await this.#until(name, 'is ready', READY_MS, isAsMeant);
    await this.#leave(workload);
  }

  async scaleUp(name: string): Promise<void> {
    const workload = this.#find(await this.look(), name);
    await this.#patch(workload, morePatch(workload));
    await this.#until(name, 'is ready', READY_MS, isReady);
  }

  async restart(name: string, { env = {} }: RunSetting): Promise<void> {
    const workload = this.#find(await this.look(), name);
    const patch = envPatch(workload, env);
    if (patch === undefined) await this.#kubectl(['rollout', 'restart', objectOf(workload)]);
    else await this.#patch(workload, patch);
    await this.#works(name);
  }

  async asBefore(name: string): Promise<void> {
    const workload = this.#find(await this.look(), name);
    const patches = [startPatch(workload), envPatch(workload, {})].filter((one) => one !== undefined);
    for (const patch of patches) await this.#patch(workload, patch);
    if (patches.length === 0) return;
    await this.#works(name);
    await this.#leave(workload);
  }

  ready(names: readonly string[], withinMs: number): Promise<void> {
    const missing = async (): Promise<string[]> => {
      const seen = await this.look();
      return names.filter((name) => !isReady(this.#find(seen, name)));
    };
    return untilReady(missing, { withinMs, everyMs: LOOK_EVERY_MS });
  }

  managementUrl(name: string): string {
    const url = this.#management.get(nameThere(name));
    if (url === undefined) throw new Error(`${name} has no management port`);
    return url;
  }

  async look(): Promise<Seen> {
    return seenIn(JSON.parse(await this.#kubectl([...LOOK, '--output', 'json'])));
  }

  async #works(name: string): Promise<void> {
    await this.#until(name, 'is ready', READY_MS, isAsMeant);
    if (this.#find(await this.look(), name).spec.replicas === 0) return;
    await consuming(this.context.urls['KAFKA_URL'] ?? '', [name], READY_MS);
  }

  async #patch(workload: Workload, patch: Patch | undefined): Promise<void> {
    if (patch === undefined) return;
    const how = ['--field-manager', MANAGER, '--type', 'strategic', '--patch', JSON.stringify(patch)];
    await this.#kubectl(['patch', objectOf(workload), ...how]);
  }

  /** It is somebody else's again, unless something of it is still to be put back. */
  async #leave(workload: Workload): Promise<void> {
    const now = this.#find(await this.look(), workload.metadata.name);
    if (!isChanged(now)) await disown(this.#kubectl, objectOf(now));
  }

  /** Nobody is asked; the kubelet leaves a pod that is deleted so no more than 2 s. */
  async #deleteNow(pods: readonly string[]): Promise<void> {
    if (pods.length === 0) return;
    const now = ['--grace-period=0', '--force', '--ignore-not-found', '--wait=false'];
    await this.#kubectl(['delete', 'pod', ...pods, ...now]);
  }

  async #until(
    name: string,
    isWhat: string,
    withinMs: number,
    isSo: (workload: Workload, seen: Seen) => boolean,
  ): Promise<void> {
    const look = async (): Promise<boolean> => {
      const seen = await this.look();
      return isSo(this.#find(seen, name), seen);
    };
    await waitFor(`${name} ${isWhat}`, withinMs, look, LOOK_EVERY_MS);
  }

  #find({ workloads }: Seen, name: string): Workload {
    const found = workloads.find(({ metadata }) => metadata.name === nameThere(name));
    if (found !== undefined) return found;
    const { instance } = this.context;
    throw new CliError(
      `the shop runs no ${name} in this namespace`,
      `it runs ${workloads.map(({ metadata }) => metadata.name).join(', ') || 'nothing'}`,
      `${soukCommand(instance, 'status')} lists them; stores elsewhere are not ours to break`,
    );
  }
}

/** One of which there was none before stays so. */
const isAsMeant = (workload: Workload): boolean => workload.spec.replicas === 0 || isReady(workload);

const objectOf = ({ kind, metadata }: Workload): string => `${kind.toLowerCase()}/${metadata.name}`;
