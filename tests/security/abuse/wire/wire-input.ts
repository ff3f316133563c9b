/**
 * What must become of an input. `closed`: refused with 4xx, and the connection ended, because nobody can say where the next request
 * begins. `refused`: 4xx, where the framing is clear. `served`: legal, if unusual. `last`: taken or refused, and the connection ended.
 * `either`: taken or refused. `dropped`: no answer but 4xx, whether or not more is to come.
 */
export type Outcome = 'closed' | 'refused' | 'served' | 'last' | 'either' | 'dropped';

export interface WireInput {
  readonly name: string;
  /** One character, one byte. */
  readonly bytes: string;
  readonly outcome: Outcome;
  /** So many requests a service may see at most. */
  readonly requests: number;
}

export type Row = readonly [name: string, bytes: string, outcome?: Outcome, requests?: number];

const TAKEN: readonly Outcome[] = ['served', 'last', 'either'];

/** Without more words: refused, closed, nothing for a service. */
export const inputs = (group: string, rows: readonly Row[]): WireInput[] =>
  rows.map(([name, bytes, outcome = 'closed', requests = TAKEN.includes(outcome) ? 1 : 0]) => ({
    name: `${group}: ${name}`,
    bytes,
    outcome,
    requests,
  }));

/** The address that must never arrive: nobody asks for it but a request inside another one. */
export const SMUGGLED_PATH = '/api/products/smuggled';
export const SMUGGLED = `GET ${SMUGGLED_PATH} HTTP/1.1\r\nHost: shop.test\r\n\r\n`;
/** A read without its last line. */
export const GET = 'GET /api/products HTTP/1.1\r\nHost: shop.test\r\n';
export const CHUNKED = 'Transfer-Encoding: chunked\r\n';
