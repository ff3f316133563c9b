import type { Resolution, Sight } from './look.ts';

/** What a healthy answer is. */
export interface Expectation {
  readonly status: number;
  /** What the body must say. */
  readonly content?: Content;
  readonly maxMs: number;
  readonly maxDnsMs: number;
  /** A certificate must be good for so much longer. */
  readonly certDays: number;
  /** The name must lead to these addresses and no others; without it, anywhere. */
  readonly addresses?: readonly string[];
}

/** `health`: the deep check, where `degraded` is no failure; `problem`: an RFC 9457 body; otherwise a text that must be in it. */
export type Content = 'health' | 'problem' | { readonly includes: string };

export interface Verdict {
  readonly status: 'ok' | 'degraded' | 'failed';
  /** What is wrong, in words. */
  readonly problems: readonly string[];
}

const DAY_MS = 24 * 60 * 60 * 1_000;

/** `now` is epoch ms. */
export function judge(sight: Sight, { dnsMs }: Pick<Resolution, 'dnsMs'>, expected: Expectation, now: number): Verdict {
  const { status, ms, error } = sight;
  const failures = [
    ...(error === undefined ? [] : [error]),
    ...(error === undefined && status !== expected.status ? [`answered ${status} instead of ${expected.status}`] : []),
    ...(error === undefined ? inContent(sight, expected) : []),
    ...(error === undefined && ms > expected.maxMs ? [`took ${ms} ms, more than ${expected.maxMs}`] : []),
    ...(dnsMs > expected.maxDnsMs ? [`its name took ${dnsMs} ms to find, more than ${expected.maxDnsMs}`] : []),
    ...inCertificate(sight, expected, now),
  ];
  const warnings = expected.content === 'health' ? missing(sight.body, false) : [];
  const problems = [...failures, ...warnings];
  return { status: failures.length > 0 ? 'failed' : problems.length > 0 ? 'degraded' : 'ok', problems };
}

/** What is wrong with where a name leads. */
export function judgeAddresses({ addresses }: Resolution, expected: Expectation): string[] {
  if (addresses.length === 0) return ['its name leads nowhere'];
  if (expected.addresses === undefined) return [];
  const strangers = addresses.filter((one) => !expected.addresses?.includes(one));
  const absent = expected.addresses.filter((one) => !addresses.includes(one));
  return [
    ...strangers.map((one) => `its name leads to ${one}, which nobody expects`),
    ...absent.map((one) => `its name does not lead to ${one}`),
  ];
}

function inContent({ body, headers }: Sight, { content }: Expectation): string[] {
  if (content === undefined) return [];
  if (typeof content === 'object')
    return body.includes(content.includes) ? [] : [`the answer does not say ${JSON.stringify(content.includes)}`];
  const parsed = parse(body);
  if (content === 'problem') {
    const isProblem = String(headers['content-type']).startsWith('application/problem+json') && 'code' in parsed;
    return isProblem ? [] : ['the answer is no problem that a client could read'];
  }
  if (!['ok', 'degraded', 'failed'].includes(String(parsed['status']))) return ['the answer is no health report'];
  return missing(body, true);
}

/** The dependencies that a health report says are away, of those without which there is no work, or of the others. */
function missing(body: string, isCore: boolean): string[] {
  const { dependencies } = parse(body);
  return Object.entries(isRecord(dependencies) ? dependencies : {}).flatMap(([name, one]) =>
    isRecord(one) && one['ok'] !== true && (one['core'] === true) === isCore
      ? [`${name} is away: ${String(one['error'] ?? 'no reason given')} (${String(one['ms'])} ms)`]
      : [],
  );
}

function inCertificate({ certificate }: Sight, { certDays }: Expectation, now: number): string[] {
  if (certificate === undefined) return [];
  const days = Math.floor((Date.parse(certificate.validTo) - now) / DAY_MS);
  return [
    ...(certificate.distrust === undefined ? [] : [`its certificate is not believed: ${certificate.distrust}`]),
    // Also for a date that cannot be read.
    ...(days >= certDays ? [] : [`its certificate ends in ${days} days (${certificate.validTo})`]),
  ];
}

function parse(text: string): Readonly<Record<string, unknown>> {
  try {
    const value: unknown = JSON.parse(text);
    return isRecord(value) ? value : {};
  } catch {
    return {};
  }
}

const isRecord = (value: unknown): value is Readonly<Record<string, unknown>> =>
  typeof value === 'object' && value !== null;
