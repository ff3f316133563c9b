import { setTimeout as sleep } from 'node:timers/promises';
import type { AttackReport } from '../report.ts';
import type { Door } from '../../support/door.ts';
import { bodyInputs } from './body-inputs.ts';
import { headInputs } from './head-inputs.ts';
import { type Heard, type Patience, say } from './say.ts';
import { SMUGGLED_PATH, type WireInput } from './wire-input.ts';

const GOOD = 'GET /api/products HTTP/1.1\r\nHost: shop.test\r\nConnection: close\r\n\r\n';
/** A refusal may be out before the request too many has arrived. */
const SETTLE_MS = 20;
/** Until it is clear that nothing comes: long, because a busy machine is no refusal. */
const LONG_MS = 4_000;
const SHORT_MS = 200;

/** How long an input is listened to: until it has its answers, or until the connection ends. */
function patienceFor({ outcome, requests }: WireInput): Patience {
  if (outcome === 'dropped') return { quietMs: SHORT_MS };
  if (outcome === 'closed' || outcome === 'last') return { quietMs: LONG_MS };
  return { quietMs: LONG_MS, answers: outcome === 'served' ? requests : 1 };
}

export const portOf = (url: string): number => Number(new URL(url).port);

export const wireInputs = (token: string): WireInput[] => {
  const post = `POST /api/cart/items HTTP/1.1\r\nHost: shop.test\r\nAuthorization: Bearer ${token}\r\nContent-Type: application/json\r\n`;
  return [...bodyInputs(post), ...headInputs(post)];
};

/** Every input over a connection of its own to a gateway in front of an echo; what comes out on the other side is counted. */
export async function smuggle({ url, echo, tokens }: Door): Promise<AttackReport> {
  const port = portOf(url);
  const inputs = wireInputs(await tokens.user('smuggler'));
  const findings: string[] = [];
  for (const input of inputs) {
    echo.forget();
    const heard = await say(port, input.bytes, patienceFor(input));
    await sleep(SETTLE_MS);
    findings.push(
      ...wrongWith(input, heard),
      ...wrongBehind(
        input,
        echo.arrivals.map(({ url: target }) => target),
      ),
    );
    const { statuses } = await say(port, GOOD, { quietMs: LONG_MS });
    if (statuses.join() !== '200') findings.push(`${input.name}: the next caller was answered ${statuses.join()}`);
  }
  return { inputs: inputs.length, findings };
}

/** The same bytes straight to a service, whose routes are others: it refuses what is no HTTP, and answers no request too many. */
export async function smuggleInto(name: string, port: number, token: string): Promise<AttackReport> {
  const inputs = wireInputs(token);
  const findings: string[] = [];
  for (const input of inputs) {
    const heard = await say(port, input.bytes, patienceFor({ ...input, requests: 1 }));
    const most = Math.max(input.requests, 1) + (input.outcome === 'closed' && input.requests > 0 ? 1 : 0);
    const own = refusalOf(input, heard);
    if (heard.statuses.length > most) own.push(`${input.name}: ${heard.statuses.length} answers instead of ${most}`);
    findings.push(...own.map((one) => `${name}: ${one}`));
  }
  return { inputs: inputs.length, findings };
}

function wrongWith(input: WireInput, heard: Heard): string[] {
  const { name, outcome, requests } = input;
  const served = heard.statuses.filter((one) => one === 200).length;
  if (outcome === 'served' && served !== requests)
    return [`${name}: answered ${heard.statuses.join()} instead of ${requests} × 200`];
  return refusalOf(input, heard);
}

const isRefusal = (status: number): boolean => status >= 400 && status < 500;

/** What is wrong with the answers to an input that should have been refused, or ended the connection. */
export function refusalOf({ name, outcome }: WireInput, { statuses, closed }: Heard): string[] {
  const answers = statuses.join() || 'nothing';
  const last = statuses.at(-1);
  const found: string[] = [];
  if (statuses.some((one) => one >= 500)) found.push(`${name}: answered ${answers}`);
  const mustRefuse = outcome === 'closed' || outcome === 'refused';
  if (mustRefuse && (last === undefined || !isRefusal(last))) found.push(`${name}: answered ${answers} instead of 4xx`);
  if (outcome === 'dropped' && last !== undefined && !isRefusal(last)) found.push(`${name}: answered ${answers}`);
  if ((outcome === 'closed' || outcome === 'last') && !closed) found.push(`${name}: the connection stayed open`);
  return found;
}

function wrongBehind({ name, requests }: WireInput, arrived: readonly string[]): string[] {
  const found: string[] = [];
  if (arrived.length > requests)
    found.push(`${name}: the service saw ${arrived.length} requests instead of ${requests}`);
  if (arrived.some((target) => `/api${target}`.startsWith(SMUGGLED_PATH)))
    found.push(`${name}: a smuggled request arrived`);
  return found;
}
