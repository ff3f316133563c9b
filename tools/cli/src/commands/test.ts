import { join } from 'node:path';
import type { Command } from 'commander';
import { REPO_ROOT } from '../home.ts';
import { runToExit } from '../output.ts';
import { runJest, runNode } from '../testing/jest-run.ts';
import { findBrowser, HOW_TO_GET_A_BROWSER } from '../testing/find-browser.ts';
import { chooseTiers, countOf, renderCount, TIERS, total, type Count, type Tier } from '../testing/tiers.ts';
import { instanceCommand, wholeNumber } from './options.ts';
import type { InstanceOptions } from './options.ts';

interface TestOptions extends InstanceOptions {
  readonly ci: boolean;
  readonly short: boolean;
  readonly seed?: number;
  readonly up: boolean;
}

interface TierResult extends Count {
  readonly tier: string;
  /** Why nothing of it was run. */
  readonly notRun?: string;
  readonly seconds: number;
}

const TSC = join(REPO_ROOT, 'node_modules', 'typescript', 'bin', 'tsc');
const OXLINT = join(REPO_ROOT, 'node_modules', 'oxlint', 'bin', 'oxlint');
const PRETTIER = join(REPO_ROOT, 'node_modules', 'prettier', 'bin', 'prettier.cjs');
const CHECKS: readonly (readonly string[])[] = [
  [TSC, '-b'],
  [TSC, '-p', 'tools/cli'],
  [TSC, '-p', 'tools/setup'],
  [TSC, '-p', 'tests'],
  [TSC, '-p', 'bench'],
  [OXLINT, '--deny-warnings'],
  [PRETTIER, '--check', '--log-level', 'warn', '.'],
];

const NOTES = `Types and lint are checked first. A shop that is down is started.
End-to-end tests use the instance of --instance (default: default) and leave their customers and orders there;
their products are retired again. A shop of their own: ./souk up --instance NAME --port-base 6000, then ./souk test --instance NAME.`;

export function command(): Command {
  const tiers = TIERS.map(({ name, summary }) => `  ${name.padEnd(14)}${summary}`).join('\n');
  return instanceCommand()
    .argument('[tier...]', 'which tests; default: all but crash, seeded-bugs, security and k8s')
    .option('--ci', 'all tiers; crash, seeded-bugs and security in their short form', false)
    .option(
      '--short',
      'crash, seeded-bugs and security in their short form: a part of them, which changes with the seed',
      false,
    )
    .option('--seed <number>', 'what random tests begin with; the one of a run is in its output', wholeNumber)
    .option('--no-up', 'take the shop as it runs: neither start nor update it')
    .addHelpText('after', `\nTiers:\n${tiers}\n\n${NOTES}`)
    .action((names: string[], options: TestOptions) => runToExit(options.json, () => test(names, options)));
}

async function test(names: string[], options: TestOptions): Promise<Record<string, unknown>> {
  const tiers = chooseTiers(names, options.ci);
  const results: TierResult[] = [];
  const failure = (tier: string) => results.push({ tier, passed: 0, failed: 1, seconds: 0 });
  if (!(await timed('types and lint', staticChecks))) failure('types and lint');
  else if (options.up && tiers.some(({ needsShop }) => needsShop) && !(await up(options.instance))) failure('up');
  else {
    const mustRun = options.ci || names.length > 0;
    for (const tier of tiers) results.push(notRun(tier, mustRun) ?? (await runTier(tier, options)));
  }
  const sum = total(results);
  for (const result of results) console.log(line(result));
  console.log(renderCount(sum));
  return { ...sum, tiers: results, status: sum.failed === 0 ? 'ok' : 'failed' };
}

const line = ({ tier, notRun, seconds, ...count }: TierResult): string =>
  notRun === undefined ? `${tier} (${seconds} s): ${renderCount(count)}` : `${tier}: not run (${notRun})`;

async function staticChecks(): Promise<boolean> {
  for (const check of CHECKS) {
    if ((await runNode(check)) !== 0) return false;
  }
  return true;
}

async function up(instance: string): Promise<boolean> {
  return (await runNode([join(REPO_ROOT, 'tools/cli/src/main.ts'), 'up', '--instance', instance])) === 0;
}

/** The result of a tier that lacks what it needs; without a browser that is a failure where somebody counts on it. */
function notRun({ name, needsCluster, needsBrowser }: Tier, mustRun: boolean): TierResult | undefined {
  const nothing = { tier: name, passed: 0, failed: 0, seconds: 0 };
  if (needsCluster && !process.env.KUBECONFIG) return { ...nothing, notRun: 'no cluster' };
  if (needsBrowser && findBrowser() === undefined)
    return { ...nothing, failed: mustRun ? 1 : 0, notRun: HOW_TO_GET_A_BROWSER };
  return undefined;
}

async function runTier(tier: Tier, options: TestOptions): Promise<TierResult> {
  console.log(`\n${tier.name}: ${tier.summary}`);
  const began = performance.now();
  const { exitCode, report } = await runJest(tier.jest, environment(tier, options));
  const counted = countOf(report);
  // Jest can fail without a failed test (an open handle, a broken set-up); that is no pass either.
  const count = exitCode !== 0 && counted.failed === 0 ? { ...counted, failed: 1 } : counted;
  console.log(`${tier.name}: ${renderCount(count)}`);
  return { tier: tier.name, ...count, seconds: Math.round((performance.now() - began) / 100) / 10 };
}

function environment({ hasShortForm }: Tier, { instance, ci, short, seed }: TestOptions): Record<string, string> {
  return {
    SOUK_INSTANCE: instance,
    ...(hasShortForm && { SOUK_TEST_FORM: short || ci ? 'short' : 'full' }),
    ...(seed !== undefined && { SOUK_SEED: String(seed) }),
  };
}

async function timed<T>(what: string, work: () => Promise<T>): Promise<T> {
  const began = performance.now();
  const result = await work();
  console.log(`${what}: ${((performance.now() - began) / 1000).toFixed(1)} s`);
  return result;
}
