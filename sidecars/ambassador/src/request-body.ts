import type { IncomingMessage } from 'node:http';

/** What is kept of a request for another try. */
export const MAX_BODY_BYTES = 1024 * 1024;
/** Read to the end although it is refused: a caller that is still sending would get a reset instead of the answer. */
const DRAINED_BYTES = 8 * MAX_BODY_BYTES;

/** The whole body; undefined when there is none. Rejects when the caller hangs up. */
export async function readBody(request: IncomingMessage): Promise<Buffer | 'too-large' | undefined> {
  const { 'content-length': length, 'transfer-encoding': encoding } = request.headers;
  if (length === undefined && encoding === undefined) return undefined;
  if (Number(length ?? 0) > DRAINED_BYTES) return 'too-large';
  return collect(request);
}

/** By events: most bodies are one chunk of 200 bytes, for which an async iterator is dear. */
function collect(request: IncomingMessage): Promise<Buffer | 'too-large'> {
  return new Promise((resolve, reject) => {
    let kept: Buffer[] = [];
    let bytes = 0;
    request.on('data', (chunk: Buffer) => {
      bytes += chunk.length;
      if (bytes <= MAX_BODY_BYTES) kept.push(chunk);
      else kept = [];
      if (bytes <= DRAINED_BYTES) return;
      request.removeAllListeners('data').pause();
      resolve('too-large');
    });
    request.once('end', () => resolve(bytes > MAX_BODY_BYTES ? 'too-large' : Buffer.concat(kept, bytes)));
    request.once('error', reject);
    request.once('close', () => {
      if (!request.readableEnded) reject(new Error('the caller hung up'));
    });
  });
}
