import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { parse } from 'yaml';
import { ROOT, type SourceFile, sourceFiles } from './sources.ts';

/** The patterns of the catalogue. The page of each is called so, in lower case and with hyphens. */
export const CATALOGUE = [
  'Ambassador',
  'Anti-Corruption Layer',
  'Backends for Frontends',
  'Bulkhead',
  'Cache-Aside',
  'Circuit Breaker',
  'CQRS',
  'Compensating Transaction',
  'Competing Consumers',
  'Compute Resource Consolidation',
  'Event Sourcing',
  'External Configuration Store',
  'Federated Identity',
  'Gatekeeper',
  'Gateway Aggregation',
  'Gateway Offloading',
  'Gateway Routing',
  'Health Endpoint Monitoring',
  'Index Table',
  'Leader Election',
  'Materialized View',
  'Pipes and Filters',
  'Priority Queue',
  'Queue-Based Load Leveling',
  'Retry',
  'Scheduler Agent Supervisor',
  'Sharding',
  'Sidecar',
  'Static Content Hosting',
  'Strangler',
  'Throttling',
  'Valet Key',
];
/** Patterns of ours that the catalogue lacks. */
export const OURS = ['Transactional Outbox'];
/** Of docs/patterns, and no pattern. */
const OTHER_PAGES = ['README', 'PROOF'];

export const slugOf = (pattern: string): string => pattern.toLowerCase().replaceAll(' ', '-');

export interface Page {
  readonly slug: string;
  readonly title: string;
  readonly text: string;
  readonly isBuilt: boolean;
}

export function patternPages(): Page[] {
  return readdirSync(join(ROOT, 'docs/patterns'))
    .map((file) => file.replace(/\.md$/, ''))
    .filter((slug) => !OTHER_PAGES.includes(slug))
    .map((slug) => {
      const text = readFileSync(join(ROOT, `docs/patterns/${slug}.md`), 'utf8');
      return { slug, text, title: /^# (.*)$/m.exec(text)?.[1] ?? '', isBuilt: !text.includes('**Not built yet.**') };
    });
}

/** A line of the table of docs/patterns/README.md that says where a pattern is. Paths from the root. */
export interface Found {
  readonly pattern: string;
  readonly slug: string;
  readonly code: string;
  readonly test: string;
  /** Of chaos/; undefined where there is none yet. */
  readonly experiment: string | undefined;
  /** `breaker-off on gateway` */
  readonly off: string;
}

export function foundIn(readme: string): Found[] {
  const row =
    /^\| \[([^\]]+)\]\(([a-z-]+)\.md\) \| \[[^\]]+\]\(([^)]+)\) \| \[[^\]]+\]\(([^)]+)\) \| (.*) \| (.*) \|$/gm;
  return [...readme.matchAll(row)].map(
    ([, pattern = '', slug = '', code = '', test = '', experiment = '', off = '']) => ({
      pattern,
      slug,
      code: code.replace('../../', ''),
      test: test.replace('../../', ''),
      experiment: /\.\.\/\.\.\/chaos\/([a-z0-9-]+)\//.exec(experiment)?.[1],
      off: off.replaceAll('`', ''),
    }),
  );
}

/** Ids of checks by page, from the first table of docs/patterns/README.md: `circuit-breaker` → `CB`. */
export const idsIn = (readme: string): Map<string, string> =>
  new Map(
    [...readme.matchAll(/^\| \[[^\]]+\]\(([a-z-]+)\.md\) +\| [^|]+ \| ([A-Z]+|–) +\|$/gm)].map((m) => [
      m[1] ?? '',
      m[2] ?? '',
    ]),
  );

interface Proven {
  readonly page: string;
  readonly experiment: string;
  readonly off: { readonly variants: readonly string[]; readonly on: readonly string[] };
}

/** What config/patterns.yaml says of a pattern, as the table has it. */
export function provenPatterns(): Map<string, Pick<Found, 'experiment' | 'off'>> {
  const all = parse(readFileSync(join(ROOT, 'config/patterns.yaml'), 'utf8')) as Record<string, Proven>;
  return new Map(
    Object.entries(all).map(([slug, { experiment, off }]) => [
      slug,
      { experiment, off: `${off.variants.join(', ')} on ${off.on.join(', ')}` },
    ]),
  );
}

/** Names behind `Pattern:` in the code: all words that begin with a capital letter, `of`, `and` and hyphens. */
export const headersIn = (text: string): string[] =>
  [...text.matchAll(/\bPattern: ((?:[A-Za-z][\w-]*)(?: (?:of|and|for|[A-Za-z][\w-]*))*)/g)].map(
    (match) => match[1] ?? '',
  );

export const namesPattern = (header: string, pattern: string): boolean =>
  `${header} `.toLowerCase().startsWith(`${pattern} `.toLowerCase());

/** Code of the shop that says which patterns it realises. */
export function headedSources(): SourceFile[] {
  return sourceFiles().filter(
    ({ path, text }) => /^(services|gateway|libs|sidecars|tools\/cli)\//.test(path) && text.includes('Pattern: '),
  );
}
