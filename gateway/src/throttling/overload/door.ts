import type { IncomingMessage, RequestListener, Server, ServerResponse } from 'node:http';
import { PROBLEM_CONTENT_TYPE, PROBLEM_TYPE_BASE } from '@souk/http';
import type { Admission } from './admission.js';

const BODY = Buffer.from(
  JSON.stringify({
    type: `${PROBLEM_TYPE_BASE}overloaded`,
    title: 'Service Unavailable',
    status: 503,
    code: 'overloaded',
    detail: 'The shop is busier than it can be; try again in a moment.',
  }),
);
/** Those who are sent away together should not come back together. */
const COME_BACK_SECONDS = ['1', '2', '3'];
let sentAway = 0;

/**
 * Puts the admission before everything that the server does: a shed request costs little more than its parsing. `onShed` is told of each;
 * nobody else hears of them.
 */
export function guardServer(
  server: Server,
  admission: Admission,
  onShed: (request: IncomingMessage, status: number) => void,
): void {
  const listeners = server.listeners('request') as RequestListener[];
  server.removeAllListeners('request');
  server.on('request', (request: IncomingMessage, response: ServerResponse) => {
    const leave = admission.enter(request.method ?? '', request.url ?? '');
    if (leave === undefined) {
      shed(response);
      onShed(request, response.statusCode);
      return;
    }
    const started = performance.now();
    // Also when the caller has gone, and once only.
    response.once('close', () =>
      leave(response.statusCode < 400 && response.writableFinished ? performance.now() - started : undefined),
    );
    for (const listener of listeners) listener(request, response);
  });
}

function shed(response: ServerResponse): void {
  sentAway += 1;
  response
    .writeHead(503, {
      'content-type': PROBLEM_CONTENT_TYPE,
      'content-length': BODY.length,
      'retry-after': COME_BACK_SECONDS[sentAway % COME_BACK_SECONDS.length],
      'x-content-type-options': 'nosniff',
    })
    .end(BODY);
}
