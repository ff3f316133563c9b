import { mkdirSync, mkdtempSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Instance } from '../tools/cli/src/instance.ts';
import { portsFor } from '../tools/cli/src/ports.ts';
import { ensureKeys } from '../tools/cli/src/secrets.ts';
import { serviceSpecs } from '../tools/cli/src/shop-processes.ts';
import { KILOBYTE, serviceAnswers } from './gateway-answers.ts';
import { newIssuer } from './gateway-issuer.ts';
import { answering, nginxArgs, proxying } from './gateway-nginx.ts';
import { Processes } from './gateway-processes.ts';
import type { Tools } from './gateway-tools.ts';

const PORTS = { upstream: 18_700, nginx: 18_701, 'http-proxy': 18_702, gateway: 18_703, management: 18_704 } as const;
/** One of a hundred requests at the rate that a core is good for. */
const TRACES_PER_SECOND = '250';
/** Counted and judged as ever, refused never: a refusal costs next to nothing. */
const GENEROUS = { limitUser: 10_000_000, limitAnonymous: 10_000_000, shedSlackMs: 5_000, shedLoopMs: 5_000 };

export type Proxy = 'nginx' | 'http-proxy' | 'gateway';

export interface RigOptions {
  readonly proxies: readonly Proxy[];
  /** Base URL of services that misbehave; default: the upstream, which answers everything at once. */
  readonly services?: string;
  /** Live settings of the gateway; default: such that nobody is refused. */
  readonly settings?: Readonly<Record<string, unknown>>;
}

/** Proxies in front of one upstream, on the first core; upstream and load are on the second. */
export interface Rig {
  /** Those that could be had. */
  readonly proxies: readonly Proxy[];
  /** Base URL; that of the upstream is the way without a proxy. */
  url(of: Proxy | 'upstream' | 'management'): string;
  /** A customer, as headers. */
  readonly bearer: { readonly authorization: string };
  /** Another one. */
  bearerOf(sub: string): { readonly authorization: string };
  /** CPU milliseconds so far. */
  cpuMs(of: Proxy): number;
  close(): Promise<void>;
}

const url = (name: keyof typeof PORTS): string => `http://127.0.0.1:${PORTS[name]}`;

export async function openRig(tools: Tools, options: RigOptions): Promise<Rig> {
  const processes = new Processes(mkdtempSync(join(tmpdir(), 'souk-gateway-')));
  const proxies = options.proxies.filter((one) => one !== 'nginx' || tools.nginx !== undefined);
  try {
    const issuer = await newIssuer(url('upstream'));
    await startUpstream(processes, tools, { ...serviceAnswers, ...issuer.answers });
    if (proxies.includes('nginx')) await startNginx(processes, tools);
    if (proxies.includes('http-proxy')) await startRival(processes);
    if (proxies.includes('gateway')) await startGateway(processes, options);
    const bearerOf = (sub: string) => ({ authorization: `Bearer ${issuer.tokenOf(sub)}` });
    const bearer = bearerOf('bench');
    return { proxies, url, bearer, bearerOf, cpuMs: (of) => processes.cpuMs(of), close: () => processes.close() };
  } catch (error) {
    await processes.close();
    throw error;
  }
}

async function startUpstream(
  processes: Processes,
  { nginx }: Tools,
  answers: Readonly<Record<string, string>>,
): Promise<void> {
  const script = join(import.meta.dirname, 'gateway-upstream.ts');
  const native = nginx && {
    args: nginxArgs(processes.dir, 'upstream', PORTS.upstream, { server: answering(answers, KILOBYTE) }),
    ...nginx,
  };
  const ours = { command: process.execPath, args: [script, String(PORTS.upstream), JSON.stringify(answers), KILOBYTE] };
  await processes.start({ name: 'upstream', core: 'rest', ...(native ?? ours) }, url('upstream'));
}

async function startNginx(processes: Processes, { nginx }: Tools): Promise<void> {
  if (nginx === undefined) return;
  const args = nginxArgs(processes.dir, 'nginx', PORTS.nginx, proxying(processes.dir, PORTS.upstream));
  await processes.start({ name: 'nginx', core: 'proxy', ...nginx, args }, url('nginx'));
}

async function startRival(processes: Processes): Promise<void> {
  const args = [join(import.meta.dirname, 'gateway-rival.ts'), url('upstream'), String(PORTS['http-proxy'])];
  await processes.start({ name: 'http-proxy', core: 'proxy', command: process.execPath, args }, url('http-proxy'));
}

/** As the shop on the host starts it, in front of our upstream, and without a broker: nothing measured here tells it anything. */
async function startGateway(processes: Processes, { services, settings }: RigOptions): Promise<void> {
  const { dir } = processes;
  const instance = await instanceIn(dir);
  const spec = serviceSpecs(instance, { kafka: '', mongo: '', postgres: 'postgres://nobody@127.0.0.1:1/none' }).find(
    ({ name }) => name === 'gateway',
  );
  if (spec === undefined) throw new Error('the shop has no gateway');
  const settingsFile = join(dir, 'gateway.yaml');
  writeFileSync(settingsFile, JSON.stringify({ ...GENEROUS, ...settings }));
  const upstream = services ?? url('upstream');
  const peers = ['CATALOG_URL', 'INVENTORY_URL', 'ORDER_URL', 'ORDER_QUERY_URL', 'RECOMMENDATION_URL'];
  const env = {
    ...spec.env,
    ...Object.fromEntries(peers.map((name) => [name, upstream])),
    HTTP_PORT: String(PORTS.gateway),
    MANAGEMENT_PORT: String(PORTS.management),
    KAFKA_BROKERS: undefined,
    LIVE_SETTINGS_FILE: settingsFile,
    OIDC_ISSUER: url('upstream'),
    OIDC_URL: url('upstream'),
    OTEL_EXPORTER_OTLP_ENDPOINT: url('upstream'),
    TRACES_PER_SECOND,
  };
  const { command, args, cwd } = spec;
  await processes.start({ name: 'gateway', core: 'proxy', command, args, cwd, env }, `${url('management')}/readyz`);
}

async function instanceIn(dir: string): Promise<Instance> {
  const place = { dir, dataDir: join(dir, 'data'), logsDir: join(dir, 'logs'), secretsDir: join(dir, 'secrets') };
  mkdirSync(place.secretsDir, { mode: 0o700 });
  await ensureKeys(place.secretsDir);
  return { name: 'bench', home: dir, ...place, ports: portsFor(0), tracing: 'on' };
}
