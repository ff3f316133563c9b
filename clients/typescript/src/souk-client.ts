import { createClient } from './generated/client/index.js';
import { SoukApi } from './generated/sdk.gen.js';
import { isProblem, SoukProblem } from './souk-problem.js';
import { askedOnce } from './streams.js';

export interface SoukClientOptions {
  /** Where the gateway is, e.g. `http://localhost:8080`; '' for a page that the gateway itself serves. */
  readonly baseUrl: string;
  /** An access token, or how to get one that is still good; asked before every request that can use it. */
  readonly token?: string | (() => string | undefined | Promise<string | undefined>);
  /** For pages with a cookie session: `csrfToken` of `GET /auth/session`, sent with every write. */
  readonly csrfToken?: string;
  /** Instead of the global one: to record, to trace, to wait less long. */
  readonly fetch?: typeof fetch;
}

/** One method for each operation of `/openapi.json`, by its operation id. */
export type SoukClient = SoukApi;

/**
 * Answers come as `{ data, error, response }`; with `throwOnError: true` an error is thrown instead. Either way a refusal of
 * the shop is a `SoukProblem`; anything else means that no answer came. Streams of events throw in any case, where they are read.
 */
export function createSoukClient({ baseUrl, token, csrfToken, fetch }: SoukClientOptions): SoukClient {
  const client = createClient({
    baseUrl,
    ...(fetch !== undefined && { fetch }),
    auth: ({ scheme, name }) => {
      if (scheme === 'bearer') return typeof token === 'function' ? token() : token;
      return name === 'x-csrf-token' ? csrfToken : undefined;
    },
  });
  client.interceptors.error.use((error) => (isProblem(error) ? new SoukProblem(error) : error));
  const sse = { ...client.sse, get: askedOnce(client.sse.get, fetch) };
  return new SoukApi({ client: { ...client, sse } });
}
