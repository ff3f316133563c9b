import { type AddressInfo, connect } from 'node:net';
import { afterEach, describe, expect, it } from '@jest/globals';
import { baseEnv, loadConfig } from '@souk/config';
import type { NestFastifyApplication } from '@nestjs/platform-fastify';
import { createApp } from './create-app.js';
import { HelloModule } from './hello.mother.js';

/** Two lengths, of which the second one would make a request of the body's end. */
const TWO_LENGTHS =
  'GET /hello HTTP/1.1\r\nHost: a\r\nContent-Length: 0\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n';

describe('the limits of a port for strangers', () => {
  let app: NestFastifyApplication | undefined;
  afterEach(() => app?.close());

  const open = async (variants = ''): Promise<number> => {
    const env = { HTTP_PORT: '0', MANAGEMENT_PORT: '0', LOG_LEVEL: 'silent', SOUK_VARIANTS: variants };
    app = await createApp(HelloModule, loadConfig(baseEnv, env));
    await app.listen(0, '127.0.0.1');
    return (app.getHttpServer().address() as AddressInfo).port;
  };
  const firstLine = (port: number, text: string): Promise<string> =>
    new Promise((resolve, reject) => {
      const socket = connect(port, '127.0.0.1', () => socket.write(text));
      socket.once('data', (chunk) => {
        resolve(chunk.toString().split('\r\n', 1)[0] ?? '');
        socket.destroy();
      });
      socket.on('error', reject);
    });

  it('wait for nobody longer than for others, but longer than any answer may take', async () => {
    await open();
    const { headersTimeout, requestTimeout, timeout } = app?.getHttpServer() ?? {};
    expect({ headersTimeout, requestTimeout, timeout }).toEqual({
      headersTimeout: 10_000,
      requestTimeout: 30_000,
      timeout: 95_000,
    });
  });

  it('tell clients to go sooner than they would be cut', async () => {
    const port = await open();
    const { keepAliveTimeout, keepAliveTimeoutBuffer } = app?.getHttpServer() ?? {};
    expect([keepAliveTimeout, keepAliveTimeoutBuffer]).toEqual([5_000, 60_000]);
    expect((await fetch(`http://127.0.0.1:${port}/hello`)).headers.get('keep-alive')).toBe('timeout=5');
  });

  it('GK-3 take no request of two lengths; the variant parser-lenient does', async () => {
    expect(await firstLine(await open(), TWO_LENGTHS)).toMatch(/^HTTP\/1\.1 400 /);
    await app?.close();
    expect(await firstLine(await open('parser-lenient'), TWO_LENGTHS)).toMatch(/^HTTP\/1\.1 200 /);
  });

  it('are an hour in the variant clients-awaited', async () => {
    await open('clients-awaited');
    const { headersTimeout, requestTimeout, timeout } = app?.getHttpServer() ?? {};
    expect([headersTimeout, requestTimeout, timeout]).toEqual([3_600_000, 3_600_000, 3_600_000]);
  });
});
