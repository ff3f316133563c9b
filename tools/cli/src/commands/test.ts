import { join } from 'node:path';
import type { Command } from 'commander';
import { REPO_ROOT } from '../home.ts';
import { runToExit } from '../output.ts';
import { runJest, runNode } from '../testing/jest-run.ts';
import { runPatiently } from '../testing/patient-run.ts';
import { seedOf } from '../testing/short-form.ts';
import { whyNotRun, type Wish } from '../testing/why-not-run.ts';
import {
  chooseTiers,
  countOf,
  jestArguments,
  renderCount,
  TIERS,
  total,
  type Count,
  type Tier,
} from '../testing/tiers.ts';
import { instanceCommand, wholeNumber } from './options.ts';
import type { InstanceOptions } from './options.ts';

interface TestOptions extends InstanceOptions {
  readonly ci: boolean;
  readonly short: boolean;
  readonly seed?: number;
  readonly check: boolean;
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
/** Everything else reads what it writes. */
const BUILD = [TSC, '-b'];
/** Two lists, side by side: as many processors as the smallest machine has that the shop is meant for. */
const CHECKS: readonly (readonly (readonly string[])[])[] = [
  [
    [TSC, '-p', 'tests'],
    [OXLINT, '--deny-warnings'],
    [PRETTIER, '--check', '--log-level', 'warn', '.'],
  ],
  [
    [TSC, '-p', 'tools/cli'],
    [TSC, '-p', 'tools/chaos'],
    [TSC, '-p', 'tools/setup'],
    [TSC, '-p', 'bench'],
  ],
];

const NOTES = `Types and lint are checked first. A shop that is down is started.
End-to-end tests use the instance of --instance (default: default) and leave their customers and orders there;
their products are retired again. A shop of their own: ./souk up --instance NAME --port-base 6000, then ./souk test --instance NAME.`;

export function command(): Command {
  const tiers = TIERS.map(({ name, summary }) => `  ${name.padEnd(14)}${summary}`).join('\n');
  return instanceCommand()
    .argument('[tier...]', 'which tests; default: all but crash, seeded-bugs, security, chaos and k8s')
    .option('--ci', 'all tiers; crash, seeded-bugs, security, chaos and k8s in their short form', false)
    .option(
      '--short',
      'crash, seeded-bugs, security, chaos and k8s in their short form: a part of them, which changes with the seed',
      false,
    )
    .option('--seed <number>', 'what random tests begin with; the one of a run is in its output', wholeNumber)
    .option('--no-check', 'without types and lint')
    .option('--no-up', 'take the shop as it runs: neither start nor update it')
    .addHelpText('after', `\nTiers:\n${tiers}\n\n${NOTES}`)
    .action((names: string[], options: TestOptions) => runToExit(options.json, () => test(names, options)));
}

async function test(names: string[], options: TestOptions): Promise<Record<string, unknown>> {
  const tiers = chooseTiers(names, options.ci);
  const results: TierResult[] = [];
  const failure = (tier: string) => results.push({ tier, passed: 0, failed: 1, seconds: 0 });
  if (options.check && !(await timed('types and lint', staticChecks))) failure('types and lint');
  else if (options.up && tiers.some(({ needsShop }) => needsShop) && !(await up(options.instance))) failure('up');
  else {
    const wish = { ci: options.ci, named: names.length > 0 };
    for (const tier of tiers) results.push(notRun(tier, wish) ?? (await runTier(tier, options)));
  }
  const sum = total(results);
  for (const result of results) console.log(line(result));
  console.log(renderCount(sum));
  return { ...sum, tiers: results, status: sum.failed === 0 ? 'ok' : 'failed' };
}

const line = ({ tier, notRun, seconds, ...count }: TierResult): string =>
  notRun === undefined ? `${tier} (${seconds} s): ${renderCount(count)}` : `${tier}: not run (${notRun})`;

async function staticChecks(): Promise<boolean> {
  if (!(await succeedInTurn([BUILD]))) return false;
  return (await Promise.all(CHECKS.map(succeedInTurn))).every(Boolean);
}

async function succeedInTurn(checks: readonly (readonly string[])[]): Promise<boolean> {
  for (const check of checks) {
    if ((await runNode(check)) !== 0) return false;
  }
  return true;
}

async function up(instance: string): Promise<boolean> {
  return (await runNode([join(REPO_ROOT, 'tools/cli/src/main.ts'), 'up', '--instance', instance])) === 0;
}

function notRun(tier: Tier, wish: Wish): TierResult | undefined {
  const lack = whyNotRun(tier, wish);
  return lack && { tier: tier.name, passed: 0, failed: lack.isFailure ? 1 : 0, seconds: 0, notRun: lack.why };
}

async function runTier(tier: Tier, options: TestOptions): Promise<TierResult> {
  console.log(`\n${tier.name}: ${tier.summary}`);
  const began = performance.now();
  const { exitCode, report } = await runPatiently(runJest, argumentsOf(tier, options), environment(tier, options));
  const counted = countOf(report);
  // Jest can fail without a failed test (an open handle, a broken set-up); that is no pass either.
  const count = exitCode !== 0 && counted.failed === 0 ? { ...counted, failed: 1 } : counted;
  console.log(`${tier.name}: ${renderCount(count)}`);
  return { tier: tier.name, ...count, seconds: Math.round((performance.now() - began) / 100) / 10 };
}

const isShort = ({ hasShortForm }: Tier, { ci, short }: TestOptions): boolean => hasShortForm === true && (short || ci);

const argumentsOf = (tier: Tier, options: TestOptions): string[] =>
  jestArguments(tier, { short: isShort(tier, options), seed: options.seed ?? seedOf() });

function environment(tier: Tier, options: TestOptions): Record<string, string> {
  return {
    SOUK_INSTANCE: options.instance,
    ...(tier.hasShortForm && { SOUK_TEST_FORM: isShort(tier, options) ? 'short' : 'full' }),
    // Whatever is tried again begins with the same one. SOUK_SEED would also say which part of a short form runs.
    SEED: process.env['SEED'] ?? String(Date.now() % 1_000_000),
    ...(options.seed !== undefined && { SOUK_SEED: String(options.seed) }),
  };
}

async function timed<T>(what: string, work: () => Promise<T>): Promise<T> {
  const began = performance.now();
  const result = await work();
  console.log(`${what}: ${((performance.now() - began) / 1000).toFixed(1)} s`);
  return result;
}
