import { connect } from 'node:net';

/** What came back over one connection. */
export interface Heard {
  /** Of every answer, interim ones (1xx) aside. */
  readonly statuses: readonly number[];
  /** The server ended the connection before the client had to. */
  readonly closed: boolean;
  readonly text: string;
}

export interface Patience {
  /** Without a byte for so long the client hangs up. */
  readonly quietMs?: number;
  /** At the latest after so long. */
  readonly totalMs?: number;
  /** Nothing more is expected after so many final answers: it hangs up a moment later, lest one too many comes. */
  readonly answers?: number;
}

const HOST = '127.0.0.1';
const LINGER_MS = 30;

/** Sends the bytes as they are, each character one byte (latin-1), and listens until the server closes or falls silent. */
export function say(port: number, bytes: string | Buffer, patience: Patience = {}): Promise<Heard> {
  const { quietMs = 200, totalMs = 5_000, answers = Infinity } = patience;
  return new Promise((resolve) => {
    const chunks: Buffer[] = [];
    let closed = true;
    const socket = connect({ port, host: HOST, allowHalfOpen: true }, () => socket.write(latin(bytes)));
    const hangUp = (): void => {
      closed = false;
      socket.destroy();
    };
    const limit = setTimeout(hangUp, totalMs);
    socket.setNoDelay(true).setTimeout(quietMs, hangUp);
    socket.on('data', (chunk) => {
      chunks.push(chunk);
      if (answers < Infinity && statusesIn(textOf(chunks)).length >= answers) socket.setTimeout(LINGER_MS);
    });
    socket.on('end', () => socket.end());
    // A refusal may arrive as a reset while we still write: what was heard counts.
    socket.on('error', () => undefined);
    socket.on('close', () => {
      clearTimeout(limit);
      const text = textOf(chunks);
      resolve({ statuses: statusesIn(text), closed, text });
    });
  });
}

/** Final statuses in the order of the answers. */
export function statusesIn(text: string): number[] {
  return [...text.matchAll(/(?:^|[\r\n}])HTTP\/1\.[01] (\d{3})/g)]
    .map(([, status]) => Number(status))
    .filter((one) => one >= 200);
}

const textOf = (chunks: readonly Buffer[]): string => Buffer.concat(chunks).toString('latin1');

const latin = (bytes: string | Buffer): Buffer => (typeof bytes === 'string' ? Buffer.from(bytes, 'latin1') : bytes);
