import { describe, expect, it } from '@jest/globals';
import { type Protocol, RequestReader } from './requests.ts';

const GET = 'GET /products?q=GET%20/x HTTP/1.1\r\nhost: catalog\r\n\r\n';
/** Its body looks like a request. */
const POST = `POST /orders HTTP/1.1\r\nContent-Length: ${GET.length}\r\n\r\n${GET}`;
const CHUNKED =
  'PUT /cart HTTP/1.1\r\ntransfer-encoding: chunked\r\n\r\n5;x=y\r\nGET /\r\nA\r\n0123456789\r\n0\r\nx-sum: 1\r\n\r\n';

const frame = (key: number, size: number): Buffer => {
  const bytes = Buffer.alloc(4 + size, 7);
  bytes.writeInt32BE(size, 0);
  bytes.writeInt16BE(key, 4);
  return bytes;
};

/** The requests found where the bytes arrive in pieces of this size. */
function found(protocol: Protocol, bytes: Buffer, size: number): { seen: number; requests: string[]; kinds: string[] } {
  const reader = new RequestReader(protocol);
  const requests: string[] = [];
  const kinds: string[] = [];
  let open: string | undefined;
  for (let at = 0; at < bytes.length; at += size) {
    const chunk = bytes.subarray(at, at + size);
    for (const { from, to, begins, ends } of reader.feed(chunk)) {
      open = (begins ? '' : (open ?? 'began nowhere: ')) + chunk.toString('latin1', from, to);
      if (ends === undefined) continue;
      requests.push(open);
      kinds.push(ends);
      open = undefined;
    }
  }
  return { seen: reader.seen, requests, kinds };
}

describe('requests in what a client sends', () => {
  const http = Buffer.from([GET, POST, CHUNKED, GET].join(''), 'latin1');

  it('of HTTP are found wherever the chunks are cut, and not in bodies', () => {
    const kinds = ['read', 'write', 'write', 'read'];
    for (let size = 1; size <= http.length; size += 1)
      expect(found('http', http, size)).toEqual({ seen: 4, requests: [GET, POST, CHUNKED, GET], kinds });
  });

  it('of HTTP may have an empty line before them', () => {
    expect(found('http', Buffer.from(`\r\n${GET}`), 9)).toEqual({ seen: 1, requests: [`\r\n${GET}`], kinds: ['read'] });
  });

  it('count once it is known what they ask for, though they never end', () => {
    expect(found('http', Buffer.from('POST /orders HTTP/1.1\r\ncontent-length: 10\r\n\r\n123'), 7)).toEqual({
      seen: 1,
      requests: [],
      kinds: [],
    });
    expect(found('http', Buffer.from('POST /orders HT'), 7).seen).toBe(0);
  });

  it.each([
    ['what is not HTTP', '\u0016\u0003\u0001 a handshake\r\n\r\n'],
    ['another version', 'PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n'],
    ['a tunnel', 'CONNECT a:1 HTTP/1.1\r\n\r\n'],
    ['a length that is none', 'POST / HTTP/1.1\r\ncontent-length: ten\r\n\r\n'],
    ['a chunk without a size', 'POST / HTTP/1.1\r\ntransfer-encoding: chunked\r\n\r\nx\r\n'],
    ['a chunk that is longer than it says', 'POST / HTTP/1.1\r\ntransfer-encoding: chunked\r\n\r\n1\r\nab\r\n'],
    ['a switch to another protocol', 'GET / HTTP/1.1\r\nupgrade: websocket\r\n\r\n'],
  ])('are not looked for any more behind %s', (_, text) => {
    expect(found('http', Buffer.from(`${text}${GET}`, 'latin1'), 11).requests).toEqual([]);
  });

  it('does not keep a line without an end', () => {
    const reader = new RequestReader('http');
    for (let fed = 0; fed < 100; fed += 1) reader.feed(Buffer.alloc(1_024, 'a'));
    reader.feed(Buffer.from(`\r\n${GET}`));
    expect(reader.seen).toBe(0);
  });

  it('of Kafka are found wherever the chunks are cut; only those that produce write', () => {
    const frames = [frame(0, 40), frame(1, 2), frame(18, 13), frame(0, 2)];
    const bytes = Buffer.concat(frames);
    const requests = frames.map((one) => one.toString('latin1'));
    const kinds = ['write', 'read', 'read', 'write'];
    for (let size = 1; size <= bytes.length; size += 1)
      expect(found('kafka', bytes, size)).toEqual({ seen: 4, requests, kinds });
  });

  it('of Kafka are not looked for behind a length that is none', () => {
    expect(found('kafka', Buffer.concat([frame(0, 2).fill(255, 0, 4), frame(0, 9)]), 5).requests).toEqual([]);
    expect(found('kafka', Buffer.from('GET / HTTP/1.1\r\n\r\n'), 5).requests).toEqual([]);
  });

  it('of other protocols are not told apart', () => {
    expect(found('tcp', http, 10)).toEqual({ seen: 0, requests: [], kinds: [] });
  });
});
