import { basename } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { readUrls } from '../../../tools/cli/src/urls.ts';
import { waitFor } from '../../../tools/cli/src/shop/wait-for.ts';
import { type Door, openDoor } from '../support/door.ts';
import { instance, IS_SHORT } from '../support/shop.ts';
import { bearer } from '../support/tokens.ts';
import { type Leak, leaks, leaksOfAny } from './canary/places.ts';
import { forgedLine, newSecrets } from './canary/secrets.ts';
import { allMetrics, brokenLines, found, markLogs, traceText, writtenSince } from './canary/traces-of-it.ts';
import { inLanes } from './lanes.ts';
import { type Operation, operations } from './operations.ts';
import { say } from './wire/say.ts';
import { portOf } from './wire/smuggling.ts';

const RUN_MS = 120_000;
const LANES = 8;
const WAIT = { quietMs: 3_000, totalMs: 15_000 };
/** The access log is written in gusts, spans once a second. */
const SETTLE_MS = 20_000;
/** Spans are handed over once a second. */
const HANDED_OVER_MS = 2_000;
/** A card number or a password is nobody's address: what stands in a path is seen, and not sent here. */
const LAST = 'feed'.repeat(8);

describe('what nobody may read, put wherever a client can put something', () => {
  const secrets = newSecrets();
  const forged = newSecrets()[3]?.mark ?? '';
  const marks = secrets.map(({ mark }) => mark);
  const traceIds: string[] = [];
  let shop: Door;
  let logs: ReadonlyMap<string, string>;
  let sent = 0;

  beforeAll(async () => {
    shop = await openDoor('shop');
    const mark = markLogs();
    const tokens = { anonymous: undefined, user: await shop.tokens.user('canary'), admin: await shop.tokens.admin() };
    const headersOf = ({ access }: Operation, index: number): Record<string, string> => {
      const token = tokens[access];
      const traceId = `${'c'.repeat(24)}${index.toString(16).padStart(8, '0')}`;
      traceIds.push(traceId);
      return { ...(token !== undefined && bearer(token)), traceparent: `00-${traceId}-00f067aa0ba902b7-01` };
    };
    const texts = [...secrets.map(({ text }) => text), forgedLine(forged)];
    const inputs: Leak[] = texts.flatMap((secret, at) => [
      ...leaksOfAny(secret),
      ...operations().flatMap((operation, index) =>
        leaks({ operation, secret, headers: headersOf(operation, at * 1_000 + index) }),
      ),
    ]);
    // Each of them for some of the secrets, in the short form.
    const chosen = inputs.filter((_, index) => index % (IS_SHORT ? 3 : 1) === 0);
    await inLanes(chosen, LANES, async ({ bytes }) => say(portOf(shop.url), bytes, WAIT));
    sent = chosen.length;
    logs = await settled(shop, mark);
    process.stdout.write(`  canaries: ${sent} inputs\n`);
  }, RUN_MS);
  afterAll(() => shop?.close());

  it('is in no log', () => {
    expect([...logs].flatMap(([file, text]) => found(basename(file), text, marks))).toEqual([]);
  });

  it('makes no entry of its own, and each entry is one line', () => {
    expect([...logs].flatMap(([file, text]) => brokenLines(text).map((line) => `${basename(file)}: ${line}`))).toEqual(
      [],
    );
    const entries = [...logs.values()]
      .join('')
      .split('\n')
      .filter((line) => line.includes(`"msg":"forged-${forged}"`));
    expect(entries).toEqual([]);
  });

  it('is in no metric', async () => {
    expect([...(await allMetrics())].flatMap(([name, text]) => found(name, text, [...marks, forged]))).toEqual([]);
  });

  it(
    'is in no trace',
    async () => {
      const store = readUrls(instance())?.TRACE_STORE_URL ?? '';
      const look = () => inLanes(traceIds, LANES, async (id) => [id, await traceText(store, id)] as const);
      const isThere = ([, text]: readonly [string, string]): boolean => text !== '';
      // By chance some would be missing; but who asks for a trace, as these requests do, gets one.
      await waitFor('every trace is there', SETTLE_MS, async () => (await look()).every(isThere), 1_000);
      await sleep(HANDED_OVER_MS);
      const traces = await look();
      process.stdout.write(`  canaries: ${traces.length} traces looked at\n`);
      expect(traces.length).toBeGreaterThan(0);
      expect(traces.filter((one) => !isThere(one)).map(([id]) => id)).toEqual([]);
      expect(traces.flatMap(([id, text]) => found(id, text, marks))).toEqual([]);
    },
    RUN_MS,
  );
});

/** What was logged, once the last request of all has its line. */
async function settled(shop: Door, mark: ReturnType<typeof markLogs>): Promise<Map<string, string>> {
  await say(
    portOf(shop.url),
    `GET /api/products HTTP/1.1\r\nHost: a\r\nX-Correlation-Id: ${LAST}\r\nConnection: close\r\n\r\n`,
  );
  return waitFor('the last request is in the log', SETTLE_MS, async () => {
    const logs = writtenSince(mark);
    return [...logs.values()].some((text) => text.includes(LAST)) && logs;
  });
}
