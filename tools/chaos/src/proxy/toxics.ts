/** `up`: from the client to the server. `down`: from the server to the client. */
export type Direction = 'up' | 'down';

interface Attribute {
  readonly least: number;
  readonly most: number;
  /** Without one the attribute must be given. */
  readonly otherwise?: number;
}

const HOUR_MS = 3_600_000;
const time = { least: 0, most: HOUR_MS };
const someTime = (otherwise: number): Attribute => ({ ...time, otherwise });

/**
 * What can be done to a link, in the names, units and semantics of toxiproxy where it has the same; each with its numbers.
 *
 * - `latency`: bytes arrive `latency` ± `jitter` ms later, in their order, without less of them per second.
 * - `down`: nobody listens: new connections are refused, those there are closed. (With a toxicity below 1 those hit are reset.)
 * - `bandwidth`: `rate` kilobytes (1,000 bytes) a second for each connection.
 * - `slow_close`: an end is passed on `delay` ms later.
 * - `timeout`: bytes vanish; the connection is closed after `timeout` ms, with 0 only when the toxic is removed.
 * - `reset_peer`: both sides are reset `timeout` ms after the toxic met the connection.
 * - `slicer`: bytes arrive in slices of `average_size` ± `size_variation` bytes, `delay` µs apart (whole milliseconds, rounded up).
 * - `limit_data`: after exactly `bytes` more bytes in this direction the connection is closed.
 * - `one_way`: nothing passes in this direction, not even an end, until the toxic is removed; then everything arrives, as TCP sends
 *   again what a partition swallowed.
 * - `half_open`: for connections there are, the side where the stream goes is closed and the other is never told: what it says
 *   vanishes, and it is reset when the toxic is removed. New connections work: only who tries an old one notices.
 * - `duplicate`: TCP has no duplicates (a stream that repeats bytes is not the same stream), so it is done where they come from in
 *   truth, a whole request that is sent again though it had arrived: a copy goes to the server on a connection of its own `delay`
 *   ms after the request, and the answer to it is thrown away. On links that speak HTTP it means requests of all methods, on links
 *   that speak Kafka those that produce. `share` is the part of requests that is repeated.
 * - `reorder`: bytes of a stream have an order, requests of many connections have none: a request is held back until one that came
 *   after it has gone ahead, at most `wait` ms. On Kafka links this happens to whole requests that produce within their
 *   connection, on HTTP links between connections. `share` is the part of requests that is held back.
 */
export const TOXICS = {
  latency: { latency: time, jitter: someTime(0) },
  down: {},
  bandwidth: { rate: { least: 1, most: 1_000_000 } },
  slow_close: { delay: time },
  timeout: { timeout: someTime(0) },
  reset_peer: { timeout: someTime(0) },
  slicer: {
    average_size: { least: 1, most: 1_000_000 },
    size_variation: { least: 0, most: 1_000_000, otherwise: 0 },
    delay: { least: 0, most: 60_000_000, otherwise: 0 },
  },
  limit_data: { bytes: { least: 0, most: Number.MAX_SAFE_INTEGER } },
  one_way: {},
  half_open: {},
  duplicate: { delay: someTime(0), share: { least: 0, most: 1, otherwise: 1 } },
  reorder: { wait: someTime(200), share: { least: 0, most: 1, otherwise: 0.5 } },
} as const satisfies Record<string, Readonly<Record<string, Attribute>>>;

export type ToxicType = keyof typeof TOXICS;

/** One toxic with all its numbers. `toxicity` is the share of connections that it meets. */
export type Toxic = {
  [T in ToxicType]: {
    readonly type: T;
    readonly direction: Direction;
    readonly toxicity: number;
    readonly attributes: Readonly<Record<keyof (typeof TOXICS)[T], number>>;
  };
}[ToxicType];

export type ToxicOf<T extends ToxicType> = Extract<Toxic, { readonly type: T }>;

/** Both are done to what a client sends. */
const UP_ONLY: readonly ToxicType[] = ['duplicate', 'reorder'];
const COMMON = ['type', 'direction', 'toxicity'];

export const isToxicType = (type: unknown): type is ToxicType =>
  typeof type === 'string' && Object.hasOwn(TOXICS, type);

/**
 * Reads a toxic: its type, `direction` (`down` unless said, as toxiproxy has it; `up` for duplicate and reorder), `toxicity` (1), and its
 * attributes beside them.
 *
 * @throws TypeError that says what is wrong
 */
export function parseToxic(raw: unknown): Toxic {
  if (typeof raw !== 'object' || raw === null) throw new TypeError('a toxic is an object');
  const given = new Map<string, unknown>(Object.entries(raw));
  const type = given.get('type');
  if (!isToxicType(type)) throw new TypeError(`type must be one of ${Object.keys(TOXICS).join(', ')}`);
  const expected: Readonly<Record<string, Attribute>> = TOXICS[type];
  const unknown = [...given.keys()].find((name) => !COMMON.includes(name) && !Object.hasOwn(expected, name));
  if (unknown !== undefined) throw new TypeError(`${type} has no "${unknown}"`);
  const attributes = Object.entries(expected).map(([name, range]) => [name, numberIn(name, given.get(name), range)]);
  // Built from the table that the type is made from.
  return {
    type,
    direction: directionOf(type, given.get('direction')),
    toxicity: numberIn('toxicity', given.get('toxicity'), { least: 0, most: 1, otherwise: 1 }),
    attributes: Object.fromEntries(attributes),
  } as Toxic;
}

function directionOf(type: ToxicType, given: unknown): Direction {
  const upOnly = UP_ONLY.includes(type);
  if (given === undefined) return upOnly ? 'up' : 'down';
  if (given !== 'up' && given !== 'down') throw new TypeError('direction must be up or down');
  if (given === 'down' && upOnly) throw new TypeError(`${type} is done to what the client sends: its direction is up`);
  return given;
}

function numberIn(name: string, value: unknown, { least, most, otherwise }: Attribute): number {
  const number = value ?? otherwise;
  if (typeof number === 'number' && number >= least && number <= most) return number;
  throw new TypeError(`${name} must be a number from ${least} to ${most}`);
}
