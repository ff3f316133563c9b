import type { ContainerStatus, Event, List, Pod, Workload } from './objects.ts';

/** What keeps a pod or a workload from running. */
export interface Trouble {
  /** image: not on the node · crash: its process ends · refused: it may not be created · config, pending, other */
  readonly kind: 'image' | 'crash' | 'refused' | 'config' | 'pending' | 'other';
  /** `order-7c9f` or `deployment order`. */
  readonly where: string;
  readonly pod?: string;
  readonly container?: string;
  readonly image?: string;
  readonly reason: string;
  readonly message: string;
  /** It will not mend itself, so that waiting is in vain. */
  readonly final: boolean;
}

const CRASHES_ENOUGH = 3;
const IMAGE = /^(ErrImageNeverPull|ErrImagePull|ImagePullBackOff|InvalidImageName|RegistryUnavailable)$/;
const IMAGE_FINAL = /^(ErrImageNeverPull|ImagePullBackOff|InvalidImageName)$/;
const CONFIG = /^(CreateContainerConfigError|CreateContainerError|RunContainerError)$/;

/** Why pods are not ready, the most telling reasons first; nothing for those that are. */
export function podTroubles(pods: readonly Pod[]): Trouble[] {
  return pods.flatMap((pod) => podTrouble(pod) ?? []).sort((a, b) => weight(a) - weight(b));
}

function weight({ kind }: Trouble): number {
  return ['image', 'config', 'crash', 'refused', 'pending', 'other'].indexOf(kind);
}

function podTrouble(pod: Pod): Trouble | undefined {
  const where = pod.metadata.name;
  const statuses = [...(pod.status.initContainerStatuses ?? []), ...(pod.status.containerStatuses ?? [])];
  for (const status of statuses) {
    const trouble = containerTrouble(status);
    if (trouble) return { where, pod: where, container: status.name, ...trouble };
  }
  const scheduled = pod.status.conditions?.find(({ type }) => type === 'PodScheduled');
  if (scheduled?.status === 'False') {
    const { reason = 'Unschedulable', message = '' } = scheduled;
    return { kind: 'pending', where, pod: where, reason, message, final: false };
  }
  return notReady(pod, statuses);
}

/** It runs, or starts, and does not call itself ready. */
function notReady(pod: Pod, statuses: readonly ContainerStatus[]): Trouble | undefined {
  const { phase } = pod.status;
  const where = pod.metadata.name;
  const waiting = statuses.find(({ ready, state }) => !ready && !state?.terminated);
  if (phase === 'Succeeded' || (phase === 'Running' && !waiting)) return undefined;
  const reason = phase === 'Running' ? 'NotReady' : phase;
  const message = waiting ? `container ${waiting.name} is not ready` : '';
  const container = waiting ? { container: waiting.name } : {};
  return { kind: 'other', where, pod: where, ...container, reason, message, final: false };
}

type ContainerTrouble = Pick<Trouble, 'kind' | 'reason' | 'message' | 'final' | 'image'>;

function containerTrouble({ image, state, lastState, restartCount }: ContainerStatus): ContainerTrouble | undefined {
  const { reason = '', message = '' } = state?.waiting ?? {};
  if (IMAGE.test(reason)) return { kind: 'image', image, reason, message, final: IMAGE_FINAL.test(reason) };
  if (CONFIG.test(reason)) return { kind: 'config', reason, message, final: false };
  const ended = state?.terminated ?? lastState?.terminated;
  if (reason === 'CrashLoopBackOff') {
    const why = ended ? `ended with ${endOf(ended)}, ${restartCount} restarts` : message;
    return { kind: 'crash', reason, message: why, final: restartCount >= CRASHES_ENOUGH };
  }
  if (state?.terminated && state.terminated.exitCode !== 0)
    return {
      kind: 'crash',
      reason: state.terminated.reason ?? 'Error',
      message: endOf(state.terminated),
      final: false,
    };
  return undefined;
}

function endOf({ reason, exitCode }: { readonly reason?: string; readonly exitCode: number }): string {
  return reason && reason !== 'Error' && reason !== 'Completed'
    ? `${reason} (exit code ${exitCode})`
    : `exit code ${exitCode}`;
}

/** Pods that a workload may not even create: Pod Security, quotas. They are in conditions of Deployments and in events. */
export function refusals(workloads: readonly Workload[], events: List<Event>): Trouble[] {
  const fromConditions = workloads.flatMap(({ kind, metadata, status }) =>
    (status.conditions ?? [])
      .filter(({ type, status: is }) => type === 'ReplicaFailure' && is === 'True')
      .map(({ reason = 'FailedCreate', message = '' }) =>
        refusal(`${kind.toLowerCase()} ${metadata.name}`, reason, message),
      ),
  );
  const named = new Set(fromConditions.map(({ message }) => message));
  const fromEvents = events.items
    .filter(({ reason, involvedObject }) => reason === 'FailedCreate' && involvedObject.kind !== 'ReplicaSet')
    .filter(({ message }) => !named.has(message))
    .map(({ involvedObject, reason, message }) =>
      refusal(`${involvedObject.kind.toLowerCase()} ${involvedObject.name}`, reason, message),
    );
  return [...fromConditions, ...fromEvents.slice(-2)];
}

function refusal(where: string, reason: string, message: string): Trouble {
  return { kind: 'refused', where, reason, message, final: /violates PodSecurity|exceeded quota/.test(message) };
}

/** `kafka 1/1` … and which of them are not there yet. */
export function readiness(workloads: readonly Workload[]): { readonly ready: string[]; readonly waiting: string[] } {
  const isReady = (one: Workload) => readyCount(one) >= desiredCount(one) && isCurrent(one);
  const names = (ready: boolean) =>
    workloads
      .filter((one) => isReady(one) === ready)
      .map(({ metadata }) => metadata.name)
      .sort();
  return { ready: names(true), waiting: names(false) };
}

export function desiredCount({ kind, spec, status }: Workload): number {
  return kind === 'DaemonSet' ? (status.desiredNumberScheduled ?? 0) : (spec.replicas ?? 1);
}

export function readyCount({ kind, status }: Workload): number {
  return (kind === 'DaemonSet' ? status.numberReady : status.readyReplicas) ?? 0;
}

/** The controller has seen the newest version, and all replicas are of it. */
function isCurrent(one: Workload): boolean {
  const { status, metadata } = one;
  if ((status.observedGeneration ?? 0) < (metadata.generation ?? 0)) return false;
  return one.kind === 'DaemonSet' || desiredCount(one) === 0 || (status.updatedReplicas ?? 0) >= desiredCount(one);
}
