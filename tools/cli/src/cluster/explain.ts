import { CliError } from '../errors.ts';
import { formatLogLine } from '../log-format.ts';
import { kubectl, kubectlJson } from './kubectl.ts';
import type { ClusterRef } from './kubectl.ts';
import type { Event, List, Pod, Workload } from './objects.ts';
import { podTroubles, refusals } from './trouble.ts';
import type { Trouble } from './trouble.ts';

const LOG_LINES = 8;
const LOG_LINES_READ = 60;
const SHOWN = 4;

export interface Snapshot {
  readonly pods: readonly Pod[];
  readonly workloads: readonly Workload[];
}

/** Pods and workloads of the shop; with a release, of that release alone. */
export async function snapshot(ref: ClusterRef, release?: string): Promise<Snapshot> {
  const selector = `app.kubernetes.io/part-of=souk${release ? `,app.kubernetes.io/instance=${release}` : ''}`;
  const args = ['get', 'pods,deployments,statefulsets,daemonsets', '--selector', selector];
  const { items } = await kubectlJson<List<Pod | Workload>>(ref, args);
  return {
    pods: items.filter((one): one is Pod => one.kind === 'Pod'),
    workloads: items.filter((one): one is Workload => one.kind !== 'Pod'),
  };
}

/** Everything that is wrong with a release, the most telling first. */
export async function troubles(ref: ClusterRef, release?: string): Promise<Trouble[]> {
  const { pods, workloads } = await snapshot(ref, release);
  const events = await kubectlJson<List<Event>>(ref, ['get', 'events', '--field-selector', 'type=Warning']);
  const found = [...podTroubles(pods), ...refusals(workloads, recent(events))];
  const silent = found.every(({ kind }) => kind === 'other');
  return silent ? [...found, ...lastWarnings(recent(events))] : found;
}

/** Events stay for an hour; those of an earlier attempt would mislead. */
function recent({ items }: List<Event>, now = Date.now()): List<Event> {
  const at = (event: Event) => Date.parse(event.lastTimestamp ?? event.eventTime ?? '') || now;
  return { items: items.filter((event) => now - at(event) < 5 * 60_000).sort((a, b) => at(a) - at(b)) };
}

function lastWarnings({ items }: List<Event>): Trouble[] {
  return items.slice(-2).map(({ involvedObject: { kind, name }, reason, message }) => ({
    kind: 'other',
    where: `${kind.toLowerCase()} ${name}`,
    reason,
    message,
    final: false,
  }));
}

/** A failed step as what / why / fix, with reasons from the cluster and the last lines of the pods concerned. */
export async function explained(ref: ClusterRef, release: string, what: string, said: string): Promise<CliError> {
  const found = await troubles(ref, release).catch(() => []);
  const shown = found.slice(0, SHOWN);
  const lines: string[] = [];
  for (const one of shown) lines.push(describeTrouble(one), ...(await lastWords(ref, one)));
  const more = found.length > SHOWN ? [`and ${found.length - SHOWN} more`] : [];
  return new CliError(what, [said, ...lines, ...more].filter(Boolean).join('\n       '), fixFor(found[0], ref));
}

export function describeTrouble({ where, container, reason, message, image }: Trouble): string {
  const subject = container && !where.startsWith(container) ? `${where} (${container})` : where;
  const detail = image ? `image ${image} is not there` : message;
  return `${subject}: ${reason}${detail ? `, ${detail}` : ''}`.slice(0, 400);
}

/** What to do about it, for people who know this cluster. */
export function fixFor(trouble: Trouble | undefined, { context, namespace }: ClusterRef): string {
  const kubectlPart = `kubectl --context ${context} --namespace ${namespace}`;
  if (!trouble) return `${kubectlPart} get pods,events shows more`;
  switch (trouble.kind) {
    case 'image':
      return 'an image of the shop: run this again, it is then built and brought there anew, else look at --image-loader and --image-registry; any other: the nodes must be able to pull it, or load it yourself';
    case 'config':
      return `a Secret or ConfigMap is missing; ${kubectlPart} describe pod ${trouble.pod} names it`;
    case 'crash':
      return `${kubectlPart} logs ${trouble.pod} --all-containers --previous shows all of its last words`;
    case 'pending':
      return 'give the cluster more memory or CPU, or free some; docs/kubernetes.md has what the shop needs';
    case 'refused':
      return 'the message names the rule: Pod Security, or the quota of the namespace (k8s/namespace.yaml)';
    default:
      return `${kubectlPart} describe ${trouble.pod ? `pod ${trouble.pod}` : trouble.where} shows more`;
  }
}

async function lastWords(ref: ClusterRef, { kind, pod, container, reason }: Trouble): Promise<string[]> {
  if (!pod || !container || ['image', 'config', 'pending'].includes(kind)) return [];
  const args = ['logs', pod, '--container', container, `--tail=${LOG_LINES_READ}`];
  const previous = reason === 'CrashLoopBackOff' ? ['--previous'] : [];
  const text = await kubectl(ref, [...args, ...previous], { timeoutMs: 10_000 }).catch(() => '');
  return tellingLines(text).map((line) => `  | ${formatLogLine(line).slice(0, 300)}`);
}

/** A stack trace ends with what says least: from the first line that names an error, else the last ones. */
export function tellingLines(log: string, count = LOG_LINES): string[] {
  const lines = log.split('\n').filter((line) => line.trim() !== '');
  const error = lines.findIndex((line) => /^\w*Error\b|^✖|"level":(?:[56]0|"(?:error|fatal)")/.test(line));
  return error >= 0 ? lines.slice(error, error + count) : lines.slice(-count);
}
