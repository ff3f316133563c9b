import { Agent, type IncomingHttpHeaders, request } from 'node:http';
import { text } from 'node:stream/consumers';

export interface HttpAnswer {
  readonly status: number;
  readonly headers: IncomingHttpHeaders;
  readonly body: string;
  readonly ms: number;
}

/** One request on a connection of its own, with nothing done behind the test's back. */
export function httpCall(
  port: number,
  path: string,
  options: { method?: string; headers?: Record<string, string>; body?: string | Buffer; signal?: AbortSignal } = {},
): Promise<HttpAnswer> {
  const { method = 'GET', headers = {}, body, signal } = options;
  const began = performance.now();
  return new Promise((resolve, reject) => {
    const agent = new Agent({ keepAlive: false });
    const call = request(
      { host: '127.0.0.1', port, path, method, headers, agent, ...(signal && { signal }) },
      (answer) => {
        text(answer).then(
          (received) =>
            resolve({
              status: answer.statusCode ?? 0,
              headers: answer.headers,
              body: received,
              ms: performance.now() - began,
            }),
          reject,
        );
      },
    );
    call.once('error', reject);
    call.end(body);
  });
}

/** The code of a problem answer. */
export const codeOf = (answer: HttpAnswer): string => (JSON.parse(answer.body) as { code: string }).code;
