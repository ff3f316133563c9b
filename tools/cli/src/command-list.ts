import type { Command } from 'commander';

export interface CommandEntry {
  readonly name: string;
  readonly summary: string;
  readonly load: () => Promise<{ command: () => Command }>;
  readonly hidden?: true;
}

/** One line a command. Its module is loaded only when it is called, so that every other command starts fast. */
export const COMMANDS: readonly CommandEntry[] = [
  { name: 'up', summary: 'start the shop, seed it and place one order', load: () => import('./commands/up.ts') },
  { name: 'down', summary: 'stop everything; --purge deletes the data too', load: () => import('./commands/down.ts') },
  { name: 'status', summary: 'processes, ports, health, memory, restarts', load: () => import('./commands/status.ts') },
  {
    name: 'probe',
    summary: 'look at every process from outside, itself first; --journey places an order',
    load: () => import('./commands/probe.ts'),
  },
  { name: 'logs', summary: 'show or follow logs', load: () => import('./commands/logs.ts') },
  {
    name: 'restart',
    summary: 'restart one process, infrastructure included',
    load: () => import('./commands/restart.ts'),
  },
  {
    name: 'demo',
    summary: 'a guided tour: browse, order, break something, watch it recover',
    load: () => import('./commands/demo.ts'),
  },
  { name: 'order', summary: 'place one order and show its timeline', load: () => import('./commands/order.ts') },
  { name: 'trace', summary: 'show the trace of an order, hop by hop', load: () => import('./commands/trace.ts') },
  {
    name: 'config',
    summary: 'show and change settings of running services',
    load: () => import('./commands/config.ts'),
  },
  {
    name: 'rotate',
    summary: 'replace the signing key or a database password while the shop works',
    load: () => import('./commands/rotate.ts'),
  },
  { name: 'token', summary: 'print an access token for a user', load: () => import('./commands/token.ts') },
  { name: 'audit', summary: 'check that stock, payments and orders agree', load: () => import('./commands/audit.ts') },
  {
    name: 'dlq',
    summary: 'list, show, replay or discard messages that were given up',
    load: () => import('./commands/dlq.ts'),
  },
  {
    name: 'saga',
    summary: 'list, show, retry or abandon orders that cannot go on by themselves',
    load: () => import('./commands/saga.ts'),
  },
  {
    name: 'breakers',
    summary: 'show circuit breakers, hold them open or closed, or let them go',
    load: () => import('./commands/breakers.ts'),
  },
  { name: 'rebuild', summary: 'build the views of a service anew', load: () => import('./commands/rebuild.ts') },
  {
    name: 'chaos',
    summary: 'break the running shop by experiments with a verdict; run, list, show, halt, report, failpoints',
    load: () => import('./commands/chaos.ts'),
  },
  {
    name: 'prove',
    summary: 'take a pattern away, and see that its experiment fails',
    load: () => import('./commands/prove.ts'),
  },
  { name: 'test', summary: 'run the tests', load: () => import('./commands/test.ts') },
  { name: 'bench', summary: 'run a benchmark', load: () => import('./commands/bench.ts') },
  {
    name: 'doctor',
    summary: 'check this machine; --fix installs what is missing',
    load: () => import('./commands/doctor.ts'),
  },
  { name: 'open', summary: 'open the shop, its API reference or its guide', load: () => import('./commands/open.ts') },
  {
    name: 'completion',
    summary: 'print completion for bash, zsh or fish',
    load: () => import('./commands/completion.ts'),
  },
  { name: 'env', summary: 'print the addresses of a running instance', load: () => import('./commands/env.ts') },
  {
    name: 'migrate',
    summary: 'run pending database migrations',
    load: () => import('./commands/migrate.ts'),
    hidden: true,
  },
  {
    name: 'exec',
    summary: 'run a command with the Node and the tools of this checkout',
    load: () => import('./commands/exec.ts'),
    hidden: true,
  },
];
