/** A long poll of half a minute, the longest limit that a route may have, and what the gateway may take itself. */
export const LONGEST_ANSWER_MS = 92_000;
const BELOW = '/api/orders/';
const STREAM = /^\/api\/orders\/[^/]+\/stream$/;
/** The route with `longPoll`. */
const POLL = /^\/api\/orders\/[^/]+$/;

/** Whether a request waits on purpose, as an event stream or a long poll: for how long says nothing. By method and target alone. */
export function isWaiting(method: string, target: string): boolean {
  if ((method !== 'GET' && method !== 'HEAD') || !target.startsWith(BELOW)) return false;
  const query = target.indexOf('?');
  const path = query < 0 ? target : target.slice(0, query);
  return STREAM.test(path) || (query >= 0 && POLL.test(path) && isWait(target.slice(query)));
}

/** As the service reads it: escapes count. No time at all is no wait, nor is one that is said twice. */
function isWait(query: string): boolean {
  const said = new URLSearchParams(query).getAll('wait');
  return said.length === 1 && /^(?!0+s$)\d{1,2}s$/.test(said[0] ?? '');
}
