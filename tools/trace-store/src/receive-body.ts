import type { IncomingMessage } from 'node:http';
import { promisify } from 'node:util';
import { gunzip } from 'node:zlib';
import { Refusal } from './problem.js';

export const MAX_BODY_BYTES = 4 * 1024 * 1024;
/** A batch of 512 spans, which is what exporters send, has some 20,000. */
export const MAX_VALUES = 200_000;

const unzip = promisify(gunzip);
const tooLarge = () =>
  new Refusal(413, 'body-too-large', 'The batch is over 4 MiB, packed or unpacked: send smaller ones.');

/** The text of a request, unpacked, never more than 4 MiB of either. */
export async function receiveBody(request: IncomingMessage): Promise<string> {
  requireJson(request);
  const encoding = request.headers['content-encoding'] ?? 'identity';
  if (encoding !== 'identity' && encoding !== 'gzip') {
    throw new Refusal(415, 'unsupported-media-type', 'content-encoding may be gzip or nothing.');
  }
  const packed = await received(request);
  const body = encoding === 'gzip' ? await unpacked(packed) : packed;
  refuseCrowd(body);
  return body.toString('utf8');
}

/** Four bytes of a body can become an object of two hundred, so that a small batch would be too much for this process. */
function refuseCrowd(body: Buffer): void {
  let left = MAX_VALUES;
  for (const byte of body) {
    if (byte !== 0x7b && byte !== 0x5b) continue;
    if (--left < 0)
      throw new Refusal(
        413,
        'body-too-large',
        `The batch has over ${MAX_VALUES} objects and lists: send smaller ones.`,
      );
  }
}

function requireJson({ headers }: IncomingMessage): void {
  if (headers['content-type']?.split(';', 1)[0]?.trim().toLowerCase() === 'application/json') return;
  throw new Refusal(
    415,
    'unsupported-media-type',
    'Only OTLP/HTTP JSON is understood: content-type: application/json.',
  );
}

async function received(request: IncomingMessage): Promise<Buffer> {
  if (Number(request.headers['content-length'] ?? 0) > MAX_BODY_BYTES) throw tooLarge();
  const chunks: Buffer[] = [];
  let size = 0;
  // Else a batch that is refused in the middle would take the connection along, and its sender would never hear why.
  for await (const chunk of request.iterator({ destroyOnReturn: false })) {
    size += chunk.length;
    if (size > MAX_BODY_BYTES) throw tooLarge();
    chunks.push(chunk);
  }
  return Buffer.concat(chunks);
}

async function unpacked(packed: Buffer): Promise<Buffer> {
  try {
    return await unzip(packed, { maxOutputLength: MAX_BODY_BYTES });
  } catch (error) {
    if (codeOf(error) === 'ERR_BUFFER_TOO_LARGE') throw tooLarge();
    throw new Refusal(400, 'broken-batch', 'The body is not gzip.');
  }
}

const codeOf = (error: unknown): unknown =>
  typeof error === 'object' && error !== null && 'code' in error ? error.code : undefined;
