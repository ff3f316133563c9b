import { returnedHeaders } from '../gatekeeper/header-lists.js';
import type { ClientAddresses } from '../offloading/client-address.js';
import { AGGREGATION } from '../routing/aggregation-routes.js';
import { gone } from '../routing/gone.js';
import { withTable } from '../routing/table.js';
import type { Upstreams } from '../routing/upstreams.js';
import { type AdmittedBatch, Batches } from './batches.js';
import { BATCH_MS } from './own-batches.js';

/** The batch ends by itself before anybody gives it up. */
const GRACE_MS = 1_000;
/** Who pays for what is in it, and whether they want to be followed; who they are, the token says. */
const SAID = ['x-api-key', 'sec-gpc', 'dnt', 'sec-purpose'];
const VISITOR = /(?:^|;\s*)(souk-visitor=[\w-]+)/;

/** Leads batches that were let in here to the deployment that puts them together. Their bytes come back as they are. */
export class LedBatches extends Batches {
  readonly #upstreams: Upstreams;
  readonly #clients: ClientAddresses;

  constructor(upstreams: Upstreams, clients: ClientAddresses) {
    super();
    this.#upstreams = upstreams;
    this.#clients = clients;
  }

  run({ requests, request, reply, token }: AdmittedBatch): Promise<string> {
    return withTable(this.#upstreams.table, async (table) => {
      const answer = await table.of(AGGREGATION).request({
        method: 'POST',
        path: '/api/batch',
        headers: {
          ...said(request.headers),
          ...this.#clients.headersOf(request),
          'content-type': 'application/json',
          authorization: `Bearer ${token}`,
        },
        body: JSON.stringify({ requests }),
        signal: gone(reply),
        // It may wait for its slowest part: that takes no place of a page, and says nothing about health.
        isLong: true,
        timeoutMs: BATCH_MS + GRACE_MS,
      });
      const text = await answer.body.text();
      const { 'content-length': _length, ...headers } = returnedHeaders(answer.headers);
      void reply.status(answer.status).headers(headers);
      return text;
    });
  }
}

function said(given: Readonly<Record<string, string | string[] | undefined>>): Record<string, string> {
  const headers: Record<string, string> = {};
  for (const name of SAID) {
    const value = given[name];
    if (typeof value === 'string') headers[name] = value;
  }
  const visitor = VISITOR.exec(String(given['cookie']))?.[1];
  if (visitor !== undefined) headers['cookie'] = visitor;
  return headers;
}
