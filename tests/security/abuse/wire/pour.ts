import { connect } from 'node:net';
import { statusesIn } from './say.ts';

export interface Flood {
  /** Request line and headers. */
  readonly head: Buffer;
  /** Whether the body goes out in chunks. */
  readonly chunked: boolean;
  /** Of the body. */
  readonly bytes: number;
}

const PIECE = Buffer.alloc(64 * 1_024, 'x');
const CHUNK = Buffer.concat([Buffer.from(`${PIECE.length.toString(16)}\r\n`), PIECE, Buffer.from('\r\n')]);
const LIMIT_MS = 20_000;

/** Sends a body as fast as the other side (or its kernel, which takes megabytes) takes it, until that hangs up; resolves to what it said. */
export function pour(port: number, { head, chunked, bytes }: Flood): Promise<number | undefined> {
  return new Promise((resolve) => {
    let heard = '';
    let left = bytes;
    const socket = connect({ port, host: '127.0.0.1', allowHalfOpen: true });
    const more = (): void => {
      while (left > 0 && !socket.destroyed) {
        left -= PIECE.length;
        if (!socket.write(chunked ? CHUNK : PIECE)) return;
      }
    };
    socket.setTimeout(LIMIT_MS, () => socket.destroy());
    socket.on('connect', () => socket.write(head, more)).on('drain', more);
    socket.on('data', (chunk) => (heard += chunk.toString('latin1')));
    socket.on('error', () => undefined);
    socket.on('end', () => socket.destroy());
    socket.on('close', () => resolve(statusesIn(heard)[0]));
  });
}
