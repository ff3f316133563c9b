import { kube } from './cluster.ts';

/** Pods that go take what they said along, so it is asked for at once. */
const SAID_SINCE = '15s';
const MOST_LINES = 200;
const NAMES = 'NAME:.metadata.name,READY:.status.conditions[?(@.type=="Ready")].status';
const COLUMNS = `${NAMES},SINCE:.status.startTime,GOES:.metadata.deletionTimestamp,IP:.status.podIP`;

/** `[pod/order-5d9f-abcde/order] {…}`, of kubectl logs --prefix. */
const SAID = /^\[pod\/(?<pod>[^/]+)\/[^\]]+\] (?<line>\{.*\})$/;

/** What the cluster was doing when the first request of a load failed: a test that fails once in a hundred runs must tell all of it. */
export class Witness {
  #looking: Promise<string[]> | undefined;

  /** The first time only: looking takes a core from the shop that is under load. */
  look(): void {
    this.#looking ??= scene().catch((error: unknown) => [`nothing could be seen: ${String(error)}`]);
  }

  /** A line for each pod and for each word of theirs; none where nobody looked. */
  async saw(): Promise<readonly string[]> {
    return (await this.#looking) ?? [];
  }
}

async function scene(): Promise<string[]> {
  const at = new Date().toISOString();
  const ours = ['--selector', 'app.kubernetes.io/part-of=souk,app.kubernetes.io/component=service'];
  const said = ['--prefix', `--since=${SAID_SINCE}`, '--tail=-1', '--max-log-requests=50'];
  const [pods, logs] = await Promise.all([
    kube(['get', 'pods', ...ours, '--output', `custom-columns=${COLUMNS}`]),
    kube(['logs', ...ours, ...said]).catch((error: unknown) => String(error)),
  ]);
  const lines = logs.split('\n').flatMap((line) => wordOf(line) ?? []);
  return [`pods at ${at}:`, ...pods.trimEnd().split('\n'), ...lines.sort().slice(-MOST_LINES)];
}

/** `2026-11-21T22:00:00.123Z gateway-7c-x 30 a call failed {"policy":"order",…}`; nothing of those who were answered well. */
function wordOf(line: string): string | undefined {
  const { pod, line: said } = SAID.exec(line)?.groups ?? {};
  if (pod === undefined || said === undefined) return undefined;
  const {
    level,
    time,
    msg,
    pid: _pid,
    hostname: _host,
    name: _name,
    ...rest
  } = JSON.parse(said) as Record<string, unknown>;
  if (msg === 'access' && Number(rest.status) < 500) return undefined;
  return `${String(time)} ${pod} ${String(level)} ${String(msg)} ${JSON.stringify(rest).slice(0, 400)}`;
}
