import type { Door } from '../../support/door.ts';
import { send } from '../../support/send.ts';
import { bearer } from '../../support/tokens.ts';
import { inLanes } from '../lanes.ts';
import { addressOf, type Operation, operations } from '../operations.ts';
import type { AttackReport } from '../report.ts';
import { requestBytes } from '../wire/request-bytes.ts';
import { say } from '../wire/say.ts';
import { portOf } from '../wire/smuggling.ts';
import { ATTACKS, SHAPES } from './corpus.ts';

const LANES = 8;
const WAIT = { quietMs: 10_000, totalMs: 20_000 };
/** An operator that sleeps sleeps for five seconds. */
const ASLEEP_MS = 4_000;

interface Injection {
  readonly operation: Operation;
  readonly name: string;
  readonly target: string;
  /** In a path it names something, and there is no such thing. */
  readonly place: 'path' | 'query';
}

/** Every attack in every documented parameter of paths and queries, and every parameter in every shape. */
export function injections(): Injection[] {
  return operations().flatMap((operation) =>
    operation.parameters.flatMap((parameter) => {
      if (parameter.in === 'path') return inPath(operation, parameter.name);
      return parameter.in === 'query' ? inQuery(operation, parameter.name) : [];
    }),
  );
}

const inPath = (operation: Operation, name: string): Injection[] =>
  ATTACKS.map((attack) => ({
    operation,
    name: `${operation.id}, ${name}: ${attack.slice(0, 40)}`,
    target: addressOf(operation, { [name]: encodeURIComponent(attack) }),
    place: 'path',
  }));

function inQuery(operation: Operation, name: string): Injection[] {
  const queries = [
    ...ATTACKS.map((attack) => `${name}=${encodeURIComponent(attack)}`),
    ...SHAPES.map((shape) => `${name}${encodeURIComponent(shape)}=1`),
    ...SHAPES.map((shape) => `${name}${shape}=`),
    `${name}=a&${name}=b`,
  ];
  const target = addressOf(operation);
  return queries.map((query) => ({
    operation,
    name: `${operation.id}, ${query.slice(0, 60)}`,
    target: `${target}?${query}`,
    place: 'query',
  }));
}

/** One of `every` so many, as somebody who may ask: refused, or taken for a value that nothing has. */
export async function inject({ url, tokens }: Door, every = 1): Promise<AttackReport> {
  const port = portOf(url);
  const everything = Number((await send(url, '/api/products?pageSize=1')).json['total']);
  const known = { anonymous: undefined, user: await tokens.user('injector'), admin: await tokens.admin() };
  const inputs = injections().filter((_, index) => index % every === 0);
  const findings = await inLanes(inputs, LANES, async ({ operation, name, target, place }) => {
    const token = known[operation.access];
    const { method, body } = operation;
    // Without a body nothing is written, whatever else is taken.
    const headers = {
      ...(token !== undefined && bearer(token)),
      ...(body !== undefined && { 'content-type': 'application/json' }),
    };
    const started = performance.now();
    const { statuses, text } = await say(
      port,
      requestBytes({ method, target, headers, ...(body !== undefined && { body: '{}' }) }),
      WAIT,
    );
    const ms = performance.now() - started;
    return wrongWith({ status: statuses[0], text, place, ms, everything }).map((one) => `${name}: ${one}`);
  });
  return { inputs: inputs.length, findings: findings.flat() };
}

interface Answered {
  readonly status: number | undefined;
  readonly text: string;
  readonly place: Injection['place'];
  readonly ms: number;
  /** Products there are. */
  readonly everything: number;
}

export function wrongWith({ status, text, place, ms, everything }: Answered): string[] {
  const found: string[] = [];
  if (status === undefined || status >= 500) found.push(`answered ${status ?? 'nothing'}`);
  if (status !== undefined && status < 300 && place === 'path') found.push(`answered ${status}`);
  if (status === 200 && place === 'query') found.push(...unasked(text, everything));
  if (/^x-injected:/im.test(text.split('\r\n\r\n', 1)[0] ?? '')) found.push('a header of its own in the answer');
  return ms > ASLEEP_MS ? [...found, `only after ${Math.round(ms)} ms`] : found;
}

/** Things that came back although nothing is called so. A search may find the words that stand in an attack, but never all there is. */
function unasked(text: string, everything: number): string[] {
  const body = text.slice(text.indexOf('\r\n\r\n') + 4);
  const items = /"items":\s*\[\s*(\{[^}]{0,80})/.exec(body)?.[1];
  const total = Number(/"total":(\d+)/.exec(body)?.[1] ?? everything);
  return items === undefined || total < everything ? [] : [`answered with ${items}…`];
}
