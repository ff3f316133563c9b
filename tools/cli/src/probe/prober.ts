import { judge, judgeAddresses } from './judge.ts';
import type { Expectation, Verdict } from './judge.ts';
import { look, resolve } from './look.ts';
import type { Sight } from './look.ts';

/** Something to look at; each address of its name is an instance. */
export interface Target {
  readonly name: string;
  readonly url: string;
  readonly headers?: Readonly<Record<string, string>>;
  readonly expected: Expectation;
}

export interface Result extends Verdict {
  readonly name: string;
  readonly url: string;
  readonly address: string;
  readonly code: number | null;
  readonly ms: number;
  readonly dnsMs: number;
  /** ISO 8601; null without TLS. */
  readonly certificateEnds: string | null;
}

export interface Eyes {
  readonly resolve: typeof resolve;
  readonly look: typeof look;
  /** Epoch ms. */
  readonly now: () => number;
}

const EYES: Eyes = { resolve, look, now: Date.now };

/** Below the patience of whoever waits for the prober, and above the limit of any check (HEM-5). */
export const LOOK_WITHIN_MS = 8_000;

/** Pattern: Health Endpoint Monitoring. Looks at every instance of every target from outside, all at the same time. */
export async function probeAll(targets: readonly Target[], eyes: Eyes = EYES): Promise<Result[]> {
  return (await Promise.all(targets.map((target) => probe(target, eyes)))).flat();
}

/** One result for each instance; one that says so where the name leads nowhere. */
export async function probe(target: Target, eyes: Eyes = EYES): Promise<Result[]> {
  const { url, expected, headers } = target;
  const found = await eyes.resolve(url).catch((error: Error) => error);
  if (found instanceof Error) return [unseen(target, [`its name is not found: ${found.message}`])];
  const wrong = judgeAddresses(found, expected);
  const sights = await Promise.all(
    found.addresses.map((address) =>
      eyes.look(url, address, { timeoutMs: LOOK_WITHIN_MS, ...(headers !== undefined && { headers }) }),
    ),
  );
  const results = sights.map((sight) =>
    resultOf(target, sight, found.dnsMs, judge(sight, found, expected, eyes.now())),
  );
  return wrong.length > 0 ? [...results, unseen(target, wrong)] : results;
}

function resultOf({ name, url }: Target, sight: Sight, dnsMs: number, verdict: Verdict): Result {
  const { address, status: code = null, ms, certificate } = sight;
  return { name, url, address, code, ms, dnsMs, certificateEnds: certificate?.validTo ?? null, ...verdict };
}

const unseen = ({ name, url }: Target, problems: readonly string[]): Result => ({
  name,
  url,
  address: '',
  code: null,
  ms: 0,
  dnsMs: 0,
  certificateEnds: null,
  status: 'failed',
  problems,
});

/**
 * HEM-10: who sees no failure where there is one sees nothing. The test address must answer as such, and be taken for a failure.
 * Undefined when the prober can be believed.
 */
export async function blindness(target: Target, eyes: Eyes = EYES): Promise<string | undefined> {
  const { addresses } = await eyes.resolve(target.url);
  const [address] = addresses;
  if (address === undefined) return `${target.url}: its name leads nowhere`;
  const { headers } = target;
  const sight = await eyes.look(target.url, address, {
    timeoutMs: LOOK_WITHIN_MS,
    ...(headers !== undefined && { headers }),
  });
  if (!sight.body.includes('"test"'))
    return `${target.url} is not the test address (${sight.error ?? `answered ${sight.status}`}): is the key right?`;
  const { status } = judge(sight, { dnsMs: 0 }, target.expected, eyes.now());
  return status === 'failed' ? undefined : `${target.url} answered ${sight.status}, and nobody took it for a failure`;
}
