import { setTimeout as sleep } from 'node:timers/promises';
import { styleText } from 'node:util';
import type { Command } from 'commander';
import { isOnCluster, withClusterOptions } from '../cluster/options.ts';
import type { ClusterOptions } from '../cluster/options.ts';
import { notReady } from '../health.ts';
import { instanceExists, openInstance } from '../instance.ts';
import type { Instance } from '../instance.ts';
import { composeMemory, projectOf } from '../infra/compose.ts';
import { externalServers } from '../infra/external.ts';
import { runToExit } from '../output.ts';
import { managementPortOf } from '../ports.ts';
import type { Ports } from '../ports.ts';
import { soukCommand } from '../souk-command.ts';
import type { ControlAnswer } from '../supervisor/control.ts';
import { askOrAdopt } from '../supervisor/launch.ts';
import type { Health, ProcessKind, ProcessStatus } from '../supervisor/process-spec.ts';
import { processTree, treePssMiB } from '../system/memory.ts';
import { uptimeSeconds } from '../system/process-identity.ts';
import { describeTracing } from '../tracing/mode.ts';
import { readUrls } from '../urls.ts';
import { instanceCommand } from './options.ts';
import type { InstanceOptions } from './options.ts';

const ADOPTION_TAKES_MS = 1_000;
const LOOK_EVERY_MS = 50;

interface StatusLine {
  readonly name: string;
  readonly kind: ProcessKind | 'supervisor' | 'external';
  readonly pid: number | null;
  readonly port: number | null;
  readonly managementPort: number | null;
  readonly health: Health;
  readonly pssMiB: number;
  readonly restarts: number;
  readonly uptimeSeconds: number;
  readonly lastExit: string | null;
  readonly variants: readonly string[];
}

export function command(): Command {
  return withClusterOptions(instanceCommand())
    .addHelpText(
      'after',
      '\nExit code 1, and status failed in --json, when it is not up or a process that should run is not ready.',
    )
    .action((options: InstanceOptions & ClusterOptions) =>
      runToExit(options.json, () =>
        isOnCluster(options) ? statusInCluster(options) : status(openInstance(options.instance)),
      ),
    );
}

async function statusInCluster(options: ClusterOptions): Promise<Record<string, unknown>> {
  const { clusterStatus } = await import('../cluster/status.ts');
  return clusterStatus(options);
}

async function status(instance: Instance): Promise<Record<string, unknown>> {
  const answer = instanceExists(instance) ? await lookAround(instance) : undefined;
  const urls = readUrls(instance);
  // Addresses are written once the servers are ready: before that, or where a start broke off, something may run without.
  const runs = answer?.processes.some(({ health }) => health !== 'stopped');
  if (!answer || !(urls || runs)) {
    console.log(`  the shop '${instance.name}' is not running; start it with ${soukCommand(instance.name, 'up')}`);
    return { instance: instance.name, running: false, healthy: false, processes: [], status: 'failed' };
  }
  const tree = processTree();
  const containers = instance.infra === 'compose' ? await composeMemory(instance) : new Map<string, number>();
  const lines = [
    ...answer.processes.map((one) => withContainer(lineOf(one, instance.ports, tree), containers)),
    ...(urls ? await externalServers(urls, answer.processes) : []).map(externalLine),
    supervisorLine(answer.supervisorPid),
  ];
  for (const line of render(lines)) console.log(line);
  console.log(`  ${describeTracing(instance)}`);
  for (const note of weakenings(lines)) console.log(note);
  if (urls && urls.VALKEY_URL === undefined)
    console.log('  no Valkey: limits and caches are per process (./souk doctor says why)');
  if (instance.infra === 'compose')
    console.log(`  servers in containers of the Docker Compose project ${projectOf(instance)}`);
  const missing = notReady(lines);
  if (missing.length > 0) console.log(`  not ready: ${missing.join(', ')}`);
  if (!urls) console.log(`  the shop is not up: ${soukCommand(instance.name, 'up')} goes on, or has broken off`);
  const healthy = urls !== undefined && missing.length === 0;
  const { name, tracing } = instance;
  return { instance: name, running: true, healthy, tracing, processes: lines, status: healthy ? 'ok' : 'failed' };
}

/** What a shop is worth is seen only with what was taken out of it. */
const weakenings = (lines: readonly StatusLine[]): string[] =>
  lines
    .filter(({ variants }) => variants.length > 0)
    .map(({ name, variants }) => `  ${styleText('yellow', '!')} ${name} runs with ${variants.join(', ')}`);

/** A supervisor that was only now started for this question has adopted the processes, but not yet asked them. */
async function lookAround(instance: Instance): Promise<ControlAnswer | undefined> {
  const end = performance.now() + ADOPTION_TAKES_MS;
  let answer = await askOrAdopt(instance);
  while (answer?.processes.some(({ health }) => health === 'starting') && performance.now() < end) {
    await sleep(LOOK_EVERY_MS);
    answer = await askOrAdopt(instance);
  }
  return answer;
}

function lineOf(one: ProcessStatus, ports: Ports, tree: ReadonlyMap<number, readonly number[]>): StatusLine {
  // A supervisor that runs since before an update tells less.
  const { name, kind, pid, port, health, restarts, lastExit, variants = [] }: ProcessStatus = one;
  const managementPort = managementPortOf(ports, name);
  const pssMiB = pid === null ? 0 : Math.round(treePssMiB(pid, tree));
  return {
    name,
    kind,
    pid,
    port,
    managementPort,
    health,
    pssMiB,
    restarts,
    uptimeSeconds: pid === null ? 0 : uptimeSeconds(pid),
    lastExit,
    variants,
  };
}

/** A container's memory counts with the process that stays with it. */
function withContainer(line: StatusLine, containers: ReadonlyMap<string, number>): StatusLine {
  return { ...line, pssMiB: line.pssMiB + (containers.get(line.name) ?? 0) };
}

function externalLine({ name, port, ready }: { name: string; port: number; ready: boolean }): StatusLine {
  return { ...blank(name), kind: 'external', port, health: ready ? 'ready' : 'unhealthy' };
}

function supervisorLine(pid: number): StatusLine {
  return {
    ...blank('supervisor'),
    kind: 'supervisor',
    pid,
    health: 'ready',
    pssMiB: Math.round(treePssMiB(pid, new Map())),
    uptimeSeconds: uptimeSeconds(pid),
  };
}

function blank(name: string): Omit<StatusLine, 'kind' | 'health'> {
  return {
    name,
    pid: null,
    port: null,
    managementPort: null,
    pssMiB: 0,
    restarts: 0,
    uptimeSeconds: 0,
    lastExit: null,
    variants: [],
  };
}

function render(lines: readonly StatusLine[]): string[] {
  const rows = lines.map((line) => [
    line.name,
    line.health,
    line.port === null ? '' : `${line.port}${line.managementPort ? ` (${line.managementPort})` : ''}`,
    String(line.pid ?? ''),
    line.pid === null ? '' : `${line.pssMiB} MiB`,
    String(line.restarts),
    line.pid === null ? '' : duration(line.uptimeSeconds),
  ]);
  const table = [['NAME', 'HEALTH', 'PORT (MANAGEMENT)', 'PID', 'MEMORY', 'RESTARTS', 'UP'], ...rows];
  const widths = table[0]?.map((_, column) => Math.max(...table.map((row) => row[column]?.length ?? 0))) ?? [];
  const total = lines.reduce((sum, line) => sum + line.pssMiB, 0);
  return [
    ...table.map((row) =>
      `  ${row.map((cell, column) => paint(cell, cell.padEnd(widths[column] ?? 0))).join('  ')}`.trimEnd(),
    ),
    `  ${total} MiB in all`,
  ];
}

function paint(cell: string, padded: string): string {
  if (cell === 'ready') return styleText('green', padded);
  return ['unhealthy', 'restarting', 'stopped'].includes(cell) ? styleText('red', padded) : padded;
}

function duration(seconds: number): string {
  if (seconds < 90) return `${Math.round(seconds)} s`;
  return seconds < 5_400 ? `${Math.round(seconds / 60)} min` : `${(seconds / 3600).toFixed(1)} h`;
}
