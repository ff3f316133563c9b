export interface PlainRequest {
  readonly method: string;
  readonly target: string;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: string | Buffer;
}

/** The bytes of one request on a connection that ends with it; nothing is tidied up. Text goes out as UTF-8. */
export function requestBytes({ method, target, headers = {}, body }: PlainRequest): Buffer {
  const bytes = typeof body === 'string' ? Buffer.from(body) : body;
  const all = {
    host: 'shop.test',
    connection: 'close',
    ...(bytes !== undefined && { 'content-length': String(bytes.length) }),
    ...headers,
  };
  const lines = Object.entries(all).map(([name, value]) => `${name}: ${value}\r\n`);
  return Buffer.concat([
    Buffer.from(`${method} ${target} HTTP/1.1\r\n${lines.join('')}\r\n`, 'latin1'),
    bytes ?? Buffer.alloc(0),
  ]);
}
