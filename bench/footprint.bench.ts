import { spawnSync } from 'node:child_process';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { CliError } from '../tools/cli/src/errors.ts';
import { REPO_ROOT } from '../tools/cli/src/home.ts';
import type { Benchmark, Figure } from '../tools/cli/src/shop/benchmark.ts';
import { percentile } from './percentile.ts';
import { pssMiB, shopProcesses } from './shop-processes.ts';

const SETTLE_MS = 3_000;
const CLI_ROUNDS = 5;
const GOALS = { services: 600, infrastructure: 350, orderSeconds: 1.5, upSeconds: 25 };

/** Memory of an idle shop, and how long its two everyday commands take. */
export const benchmark: Benchmark = {
  summary: 'memory of the idle shop, time of its everyday commands',
  run: async (ctx, { say }) => {
    say(`${SETTLE_MS / 1000} s of idling`);
    await sleep(SETTLE_MS);
    const processes = await shopProcesses(ctx);
    const group = (name: string) => processes.filter((process) => process.group === name);
    say(`./souk order, ${CLI_ROUNDS} times; ./souk up on the running shop, once`);
    const orders = Array.from({ length: CLI_ROUNDS }, () => secondsOf('order', ctx.instance));
    return [
      figure('services', 'PSS of services, gateway and supervisor', pssMiB(group('services')), 'MiB', GOALS.services),
      figure(
        'infrastructure',
        'PSS of Kafka, PostgreSQL and MongoDB',
        pssMiB(group('infrastructure')),
        'MiB',
        GOALS.infrastructure,
      ),
      ...processes.map((process) => figure(`pss.${process.name}`, 'PSS', pssMiB([process]), 'MiB')),
      {
        ...figure('order-command', './souk order, median', percentile(orders, 50), 's', GOALS.orderSeconds),
        rounds: CLI_ROUNDS,
      },
      figure('up-again', './souk up on the running shop', secondsOf('up', ctx.instance), 's', GOALS.upSeconds),
    ];
  },
};

function figure(name: string, what: string, value: number, unit: string, goal?: number): Figure {
  const rounded = Math.round(value * 100) / 100;
  return { name: `footprint.${name}`, what, value: rounded, unit, ...(goal === undefined ? {} : { goal }), rounds: 1 };
}

function secondsOf(command: string, instance: string): number {
  const began = performance.now();
  const { status, stderr } = spawnSync(join(REPO_ROOT, 'souk'), [command, '--instance', instance], {
    encoding: 'utf8',
  });
  if (status !== 0)
    throw new CliError(`./souk ${command} failed`, stderr.trim() || `exit ${status}`, `./souk ${command}`);
  return (performance.now() - began) / 1000;
}
