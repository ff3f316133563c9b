import { setTimeout as sleep } from 'node:timers/promises';
import type { Door } from '../../support/door.ts';
import type { Arrival } from '../../support/echo.ts';
import type { AttackReport } from '../report.ts';
import { requestBytes } from '../wire/request-bytes.ts';
import { say } from '../wire/say.ts';
import { portOf } from '../wire/smuggling.ts';
import { HEADER_VALUES, PASSED_HEADERS, RAW_TARGETS, TARGETS } from './target-inputs.ts';

const WAIT = { quietMs: 3_000, totalMs: 5_000 };
const SETTLE_MS = 5;
/** What a visitor's request may be at a service: the routes that are open to everybody, each with one segment at most of his. */
const OPEN = /^\/(products(\/[^/?]*)?|categories|stock\/[^/?]*|recommendations)(\?|$)/;
/** Everything that may stand in a request line, and a URL. */
const CLEAN = /^[\x21-\x7e]+$/;

/** Targets and headers that try to become another request, or to get somewhere else, as a visitor; what arrives at the service is looked at. */
export async function splitRequests({ url, echo }: Door): Promise<AttackReport> {
  const port = portOf(url);
  const targets = [...TARGETS, ...RAW_TARGETS].map((target) => ({
    name: target,
    bytes: requestBytes({ method: 'GET', target }),
  }));
  const headers = PASSED_HEADERS.flatMap((header) =>
    HEADER_VALUES.map((value) => ({
      name: `${header}: ${value}`,
      bytes: requestBytes({ method: 'GET', target: '/api/products', headers: { [header]: value } }),
    })),
  );
  const inputs = [...targets, ...headers];
  const findings: string[] = [];
  for (const { name, bytes } of inputs) {
    echo.forget();
    const { statuses } = await say(port, bytes, WAIT);
    await sleep(SETTLE_MS);
    const wrong = [...wrongWith(statuses), ...wrongBehind(echo.arrivals)];
    findings.push(...wrong.map((one) => `${JSON.stringify(name)}: ${one}`));
  }
  return { inputs: inputs.length, findings };
}

function wrongWith(statuses: readonly number[]): string[] {
  if (statuses.length !== 1) return [`${statuses.length} answers`];
  return statuses.some((status) => status >= 500) ? [`answered ${statuses.join()}`] : [];
}

function wrongBehind(arrivals: readonly Arrival[]): string[] {
  const found = arrivals.flatMap(({ url, rawHeaders }) => [...wrongTarget(url), ...wrongHeaders(rawHeaders)]);
  // A page is put together from several.
  const isPage = arrivals.every(({ url }) => /^\/(products|stock|recommendations|categories)\b/.test(url));
  return arrivals.length > 1 && !isPage ? [...found, `${arrivals.length} requests arrived`] : found;
}

/** Decoded as often as anybody might: it must still be the one segment that it was. */
function wrongTarget(url: string): string[] {
  const found: string[] = [];
  if (!CLEAN.test(url)) found.push(`${JSON.stringify(url)} arrived, which is no clean target`);
  if (!OPEN.test(url)) found.push(`${url} arrived, which is open to nobody`);
  const [path = ''] = url.split('?', 1);
  const decoded = decodedFully(path);
  if (decoded.split(/[/\\]/).length !== path.split('/').length || decoded.includes('\0'))
    found.push(`${url} arrived, which is ${JSON.stringify(decoded)} to some`);
  return found;
}

/** Twice, and bytes that are no text one by one. */
function decodedFully(path: string): string {
  const once = (text: string): string =>
    text.replaceAll(/%([0-9a-f]{2})/gi, (_, hex: string) => String.fromCharCode(Number.parseInt(hex, 16)));
  return once(once(path));
}

function wrongHeaders(rawHeaders: readonly string[]): string[] {
  const names = rawHeaders.filter((_, index) => index % 2 === 0).map((name) => name.toLowerCase());
  const found = names.includes('x-injected') ? ['a header more arrived'] : [];
  const unclean = rawHeaders.find((text) => /[\r\n\0]/.test(text));
  return unclean === undefined ? found : [...found, `the header ${JSON.stringify(unclean)} arrived`];
}
