import { CliError } from '../errors.ts';

/** A group of specs that need the same things, hence are run together. */
export interface Tier {
  readonly name: string;
  readonly summary: string;
  /** Needs the shop of this instance to run. */
  readonly needsShop: boolean;
  /** Needs the cluster that KUBECONFIG names; without one it is not run, which counts as a failure where it alone was asked for. */
  readonly needsCluster?: true;
  /** Needs Chromium; without one it is not run, which counts as a failure where it was asked for. */
  readonly needsBrowser?: true;
  /** Has a short form, for every change, and a full one, which takes much longer. */
  readonly hasShortForm?: true;
  /** Files of which the short form runs one, another with the next seed. */
  readonly shortInTurn?: readonly string[];
  /** Jest's arguments that choose the specs. */
  readonly jest: readonly string[];
}

// Given as an argument it replaces the pattern list of the project, so it repeats what that one says.
const IGNORED = ['/node_modules/', '/dist/'];
const UNIT_IGNORES = [
  ...IGNORED,
  '\\.(int|e2e|browser|crash|bugs|security|chaos|k8s)\\.spec\\.ts$',
  '/tests/(architecture|contract)/',
];

const ignoring = (patterns: readonly string[]): string[] =>
  patterns.map((pattern) => `--testPathIgnorePatterns=${pattern}`);

/** Jest would take one process less than there are processors, which is one of two. */
const SIDE_BY_SIDE = '--maxWorkers=2';

export const TIERS: readonly Tier[] = [
  {
    name: 'unit',
    summary: 'pure specs beside the code',
    needsShop: false,
    jest: [
      '--selectProjects=unit',
      SIDE_BY_SIDE,
      ...UNIT_IGNORES.map((pattern) => `--testPathIgnorePatterns=${pattern}`),
    ],
  },
  {
    name: 'contract',
    summary: 'golden samples and schemas',
    needsShop: false,
    jest: ['/tests/contract/', '--selectProjects=unit'],
  },
  {
    name: 'architecture',
    summary: 'who may import whom',
    needsShop: false,
    jest: ['/tests/architecture/', '--selectProjects=unit'],
  },
  {
    name: 'int',
    summary: 'every adapter on real servers',
    needsShop: true,
    jest: ['--selectProjects=int', SIDE_BY_SIDE],
  },
  {
    name: 'int-alone',
    summary: 'the same under load, and the tools: one file after the other',
    needsShop: true,
    jest: ['--selectProjects=int-alone', '--runInBand'],
  },
  {
    name: 'e2e',
    summary: 'the running shop through its gateway',
    needsShop: true,
    jest: ['--selectProjects=e2e', '--runInBand'],
  },
  {
    name: 'browser',
    summary: 'the pages of the running shop in Chromium: signing in, ordering, the reference',
    needsShop: true,
    needsBrowser: true,
    jest: ['--selectProjects=browser', '--runInBand'],
  },
  {
    name: 'crash',
    summary: 'kill -9 of every process, at every failpoint, and outages under load; on an instance of its own',
    needsShop: false,
    hasShortForm: true,
    shortInTurn: ['demo.crash', 'kafka-driver.crash', 'outage.crash'],
    jest: ['--selectProjects=crash', '--runInBand'],
  },
  {
    name: 'seeded-bugs',
    summary: 'every deliberately broken variant is caught by the checker, on an instance of its own',
    needsShop: false,
    hasShortForm: true,
    jest: ['--selectProjects=seeded-bugs', '--runInBand'],
  },
  {
    name: 'security',
    summary:
      'what strangers try at the gateway and at the services, and every weakened door caught; on an instance of its own',
    needsShop: false,
    hasShortForm: true,
    jest: ['--selectProjects=security', '--runInBand'],
  },
  {
    name: 'chaos',
    summary:
      'experiments on a shop under load, and patterns that are proven by taking them away; on an instance of its own',
    needsShop: false,
    hasShortForm: true,
    jest: ['--selectProjects=chaos', '--runInBand'],
  },
  {
    name: 'k8s',
    summary: 'the shop on the cluster of KUBECONFIG: install, end to end, restarts under load, policies, removal',
    needsShop: false,
    needsCluster: true,
    hasShortForm: true,
    jest: ['--selectProjects=k8s', '--runInBand', '--verbose', '--testSequencer=./tests/k8s/in-order.mjs'],
  },
];

/** Suites that kill and flood, on something of their own. */
const ONLY_WHEN_ASKED = ['crash', 'seeded-bugs', 'security', 'chaos', 'k8s'];

/** The tiers that were asked for; all but those that kill and flood by default, those too in CI. */
export function chooseTiers(names: readonly string[], ci: boolean): Tier[] {
  const unknown = names.find((name) => !TIERS.some((tier) => tier.name === name));
  if (unknown !== undefined) {
    const known = TIERS.map(({ name }) => name).join(', ');
    throw new CliError(`there is no test tier '${unknown}'`, `the tiers are ${known}`, './souk test unit');
  }
  return TIERS.filter(({ name }) => (names.length > 0 ? names.includes(name) : ci || !ONLY_WHEN_ASKED.includes(name)));
}

/** Jest's arguments for a tier; the seed settles what is left out of its short form. */
export function jestArguments(
  { jest, shortInTurn }: Tier,
  { short, seed }: { short: boolean; seed: number },
): string[] {
  if (!short || shortInTurn === undefined) return [...jest];
  const others = shortInTurn.filter((_file, index) => index !== seed % shortInTurn.length);
  return [...jest, ...ignoring([...IGNORED, ...others.map((file) => file.replaceAll('.', '\\.'))])];
}

/** What a tier counted. A suite that could not run at all counts as one failure. */
export interface Count {
  readonly passed: number;
  readonly failed: number;
}

/** The parts of Jest's JSON report that are counted. */
export interface JestReport {
  /** Every test passed. */
  readonly success?: boolean;
  readonly numPassedTests: number;
  readonly numFailedTests: number;
  readonly numRuntimeErrorTestSuites: number;
  readonly testResults?: readonly {
    /** Absolute path. */
    readonly name: string;
    readonly status: string;
    readonly assertionResults: readonly { readonly status: string }[];
  }[];
}

/** No report (Jest died) and no tests (a pattern that matches nothing) are failures, never a silent pass. */
export function countOf(report: JestReport | undefined): Count {
  if (report === undefined) return { passed: 0, failed: 1 };
  const passed = report.numPassedTests;
  const failed = report.numFailedTests + report.numRuntimeErrorTestSuites;
  return passed + failed === 0 ? { passed: 0, failed: 1 } : { passed, failed };
}

export function total(counts: readonly Count[]): Count {
  return {
    passed: counts.reduce((sum, { passed }) => sum + passed, 0),
    failed: counts.reduce((sum, { failed }) => sum + failed, 0),
  };
}

export function renderCount({ passed, failed }: Count): string {
  return `${passed} passed, ${failed} failed`;
}
