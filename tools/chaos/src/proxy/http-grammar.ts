import type { Grammar, Step } from './requests.ts';

/** Longer than any that a server of ours takes. */
const LONGEST_LINE = 65_536;
const REQUEST_LINE = /^([A-Z]+) \S+ HTTP\/1\.[01]$/;
const READS = ['GET', 'HEAD', 'OPTIONS'];

/** What the next line is. After `chunk` comes the empty line that ends its bytes. */
type Expects = 'request' | 'header' | 'size' | 'chunk' | 'trailer';
type Meaning = Omit<Step, 'at'> & { readonly next: Expects; readonly body?: number };

/** Requests of HTTP/1.1 with their bodies, by Content-Length or in chunks (RFC 9112). */
export function httpGrammar(): Grammar {
  let expects: Expects = 'request';
  let line = '';
  let body = 0;
  let length = 0;
  let isChunked = false;

  function understand(text: string): Meaning | undefined {
    if (expects === 'request') return requestLine(text);
    if (expects === 'header') return text === '' ? endOfHead() : header(text);
    if (expects === 'size') return chunkSize(text);
    if (expects === 'chunk') return text === '' ? { next: 'size' } : undefined;
    return text === '' ? { next: 'request', ends: true } : { next: 'trailer' };
  }

  function requestLine(text: string): Meaning | undefined {
    if (text === '') return { next: 'request' };
    const method = REQUEST_LINE.exec(text)?.[1];
    if (method === undefined || method === 'CONNECT') return undefined;
    length = 0;
    isChunked = false;
    return { next: 'header', named: READS.includes(method) ? 'read' : 'write' };
  }

  function header(text: string): Meaning | undefined {
    const [name = '', value = ''] = text.split(/:(.*)/s).map((part) => part.trim().toLowerCase());
    if (name === 'upgrade') return undefined;
    if (name === 'transfer-encoding') isChunked = value.endsWith('chunked');
    if (name === 'content-length') length = Number(value);
    return Number.isSafeInteger(length) ? { next: 'header' } : undefined;
  }

  function endOfHead(): Meaning {
    if (isChunked) return { next: 'size' };
    return length === 0 ? { next: 'request', ends: true } : { next: 'request', body: length };
  }

  function chunkSize(text: string): Meaning | undefined {
    const size = /^[0-9a-f]+/i.exec(text)?.[0];
    if (size === undefined) return undefined;
    return Number.parseInt(size, 16) === 0 ? { next: 'trailer' } : { next: 'chunk', body: Number.parseInt(size, 16) };
  }

  function skip(bytes: Buffer, at: number): Step {
    const skipped = Math.min(body, bytes.length - at);
    body -= skipped;
    return { at: at + skipped, ends: body === 0 && expects === 'request' };
  }

  return (bytes, at) => {
    if (body > 0) return skip(bytes, at);
    const end = bytes.indexOf(0x0a, at);
    line += bytes.toString('latin1', at, end === -1 ? bytes.length : end);
    if (line.length > LONGEST_LINE) return undefined;
    if (end === -1) return { at: bytes.length };
    const meaning = understand(line.replace(/\r$/, ''));
    line = '';
    if (meaning === undefined) return undefined;
    expects = meaning.next;
    body = meaning.body ?? 0;
    return { at: end + 1, ...meaning };
  };
}
