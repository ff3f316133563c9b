import { join } from 'node:path';
import { styleText } from 'node:util';
import type { Command } from 'commander';
import { DemoShop } from '../demo/demo-shop.ts';
import { goOn, waitForEnter } from '../demo/pause.ts';
import { play } from '../demo/play.ts';
import { CHAPTERS } from '../demo/tour.ts';
import { CliError } from '../errors.ts';
import { REPO_ROOT } from '../home.ts';
import { instanceExists, openInstance } from '../instance.ts';
import type { Instance } from '../instance.ts';
import { runToExit } from '../output.ts';
import { shopContext } from '../shop/context.ts';
import { loadContracts } from '../shop/contracts.ts';
import { shopNames } from '../shop-processes.ts';
import { soukCommand } from '../souk-command.ts';
import { askOrAdopt } from '../supervisor/launch.ts';
import { runNode } from '../testing/jest-run.ts';
import { instanceCommand } from './options.ts';
import type { InstanceOptions } from './options.ts';

const INTERRUPTED = 130;

interface Options extends InstanceOptions {
  readonly yes: boolean;
}

export function command(): Command {
  const chapters = CHAPTERS.map(({ id, title }) => `  ${id.padEnd(14)}${title}`).join('\n');
  return instanceCommand()
    .option('-y, --yes', 'go on without Enter; a shop that is down is started with ./souk up --yes', false)
    .addHelpText(
      'after',
      `
Chapters:
${chapters}

The tour may be taken again and again: it uses customers of its own, and what it kills is up again when it ends.`,
    )
    .action((options: Options) => runToExit(options.json, () => demo(options)));
}

async function demo({ instance: name, yes }: Options): Promise<Record<string, unknown>> {
  if (!yes && process.stdin.isTTY !== true)
    throw new CliError(
      'the tour waits for Enter',
      'there is no terminal to press it on',
      soukCommand(name, 'demo --yes'),
    );
  const startedAt = performance.now();
  const instance = openInstance(name);
  if (!(await isUp(instance))) await up(name, yes);
  await loadContracts(name);
  const interrupted = new AbortController();
  const stop = (): void => {
    if (!interrupted.signal.aborted)
      console.log('\n   the tour ends after this chapter; what it killed comes back first');
    interrupted.abort();
  };
  process.on('SIGINT', stop);
  try {
    const options = { pause: yes ? goOn : waitForEnter, signal: interrupted.signal, print: console.log };
    const chapters = await play(CHAPTERS, new DemoShop(shopContext(name), openInstance(name)), options);
    const isWhole = chapters.length === CHAPTERS.length;
    sayGoodbye(name, shopContext(name).gatewayUrl, isWhole);
    if (!isWhole) process.exitCode = INTERRUPTED;
    return { chapters, isWhole, elapsedMs: Math.round(performance.now() - startedAt) };
  } finally {
    process.off('SIGINT', stop);
  }
}

/** Everything that an `up` would start is ready; the tour needs all of it. */
async function isUp(instance: Instance): Promise<boolean> {
  if (!instanceExists(instance)) return false;
  const processes = (await askOrAdopt(instance))?.processes ?? [];
  return shopNames(instance).every((name) => processes.find((one) => one.name === name)?.health === 'ready');
}

async function up(name: string, yes: boolean): Promise<void> {
  console.log('   the shop is not up; starting it first');
  const args = ['up', '--instance', name, ...(yes ? ['--yes'] : [])];
  if ((await runNode([join(REPO_ROOT, 'tools/cli/src/main.ts'), ...args])) === 0) return;
  throw new CliError('the shop did not start', 'its own messages are above', soukCommand(name, 'up'));
}

function sayGoodbye(name: string, gatewayUrl: string, isWhole: boolean): void {
  const base = gatewayUrl.replace('127.0.0.1', 'localhost');
  const next = [
    [`${base}/`, 'the shop in a browser: sign in, see your orders'],
    [`${base}/docs`, 'the API, to be tried out'],
    [soukCommand(name, 'trace --last'), 'the way of the last order through every process'],
    [soukCommand(name, 'status'), 'what runs, and what it costs'],
    ['README.md', 'how it is made; docs/patterns shows the patterns'],
  ] as const;
  console.log(
    `\n${styleText('bold', isWhole ? 'That was the tour. The shop stays up.' : 'The shop stays up.')} Where to go next:`,
  );
  for (const [what, why] of next) console.log(`   ${what.padEnd(40)} ${why}`);
}
