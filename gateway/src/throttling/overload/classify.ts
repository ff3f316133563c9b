import { isWaiting } from '../../routing/waiting.js';

/** What may be shed first comes last. */
export type Priority = 'checkout' | 'browse' | 'bulk';

export interface Class {
  readonly lane: string;
  readonly priority: Priority;
  /** Waits on purpose: how long it takes says nothing. */
  readonly waits: boolean;
}

const LANES: Readonly<Record<string, string>> = {
  products: 'catalog',
  categories: 'catalog',
  stock: 'inventory',
  recommendations: 'recommendation',
  pages: 'pages',
  batch: 'batch',
  cart: 'order',
  orders: 'order',
  customers: 'order-query',
  admin: 'admin',
};
export const LANE_NAMES = [...new Set([...Object.values(LANES), 'other', 'waiting'])];

const BULK = new Set(['batch', 'recommendation']);
const REPORT = /^\/api\/admin\/reports\//;
const SAFE = new Set(['GET', 'HEAD', 'OPTIONS']);
const known = new Map<string, Class>();

/** By method and target alone: it is decided before anything else is looked at. */
export function classify(method: string, target: string): Class {
  const query = target.indexOf('?');
  const path = query < 0 ? target : target.slice(0, query);
  const lane = laneOf(path);
  const waits = isWaiting(method, target);
  return shared(waits ? 'waiting' : lane, priorityOf(method, path, lane), waits);
}

function laneOf(path: string): string {
  if (!path.startsWith('/api/')) return 'other';
  const end = path.indexOf('/', 5);
  const first = path.slice(5, end < 0 ? undefined : end);
  return Object.hasOwn(LANES, first) ? (LANES[first] ?? 'other') : 'other';
}

/** Whoever is about to buy comes before those who look around, and they before what nobody waits for. */
function priorityOf(method: string, path: string, lane: string): Priority {
  if (BULK.has(lane) || REPORT.test(path)) return 'bulk';
  const isWrite = !SAFE.has(method);
  return (isWrite && lane !== 'other') || lane === 'admin' || path.startsWith('/auth/') ? 'checkout' : 'browse';
}

/** One object for all alike: none is made by the request. */
function shared(lane: string, priority: Priority, waits: boolean): Class {
  const key = `${lane} ${priority}`;
  const found = known.get(key) ?? { lane, priority, waits };
  known.set(key, found);
  return found;
}
