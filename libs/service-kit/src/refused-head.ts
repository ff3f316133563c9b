import type { IncomingMessage } from 'node:http';
import { CodedError } from '@souk/http';

/** Node hands a handler the first 1,000 headers only and says nothing about the rest; nobody honest sends a hundred. */
const MAX_HEADERS = 100;

/**
 * What Node's parser takes and a server may not: HTTP/0.9 and a text that calls itself HTTP/2, and more than one Host, of which two
 * readers take two (RFC 9112 §2.3, §3.2). Undefined where nothing is wrong.
 */
export function refusalOfHead({ httpVersionMajor, rawHeaders }: IncomingMessage): CodedError | undefined {
  if (rawHeaders.length > MAX_HEADERS * 2)
    return new CodedError('headers-too-large', 'too-many-headers', `At most ${MAX_HEADERS} header lines are read.`);
  if (httpVersionMajor !== 1) return new CodedError('invalid', 'bad-request', 'This server speaks HTTP/1.1.');
  if (hosts(rawHeaders) > 1) return new CodedError('invalid', 'bad-request', 'The request names more than one Host.');
  return undefined;
}

/** The length first: this runs for every request. */
function hosts(rawHeaders: readonly string[]): number {
  let count = 0;
  for (let at = 0; at < rawHeaders.length; at += 2)
    if (rawHeaders[at]?.length === 4 && rawHeaders[at]?.toLowerCase() === 'host') count += 1;
  return count;
}
