import { STATUS_CODES } from './node-http.js';

/** A refused request: its status, a stable code and what to tell the caller. */
export class Refusal extends Error {
  override readonly name = 'Refusal';
  readonly status: number;
  readonly code: string;

  constructor(status: number, code: string, detail: string) {
    super(detail);
    this.status = status;
    this.code = code;
  }
}

/** RFC 9457, as everywhere in the shop. */
export function problemOf({ status, code, message }: Refusal): Record<string, unknown> {
  return {
    type: `https://souk.dev/problems/${code}`,
    title: STATUS_CODES[status] ?? 'Error',
    status,
    code,
    detail: message,
  };
}
