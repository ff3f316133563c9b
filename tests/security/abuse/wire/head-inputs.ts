import { GET, inputs, type Row, SMUGGLED, type WireInput } from './wire-input.ts';

const LONG = 'a'.repeat(20_480);

const lines = inputs('lines', [
  ['bare LF everywhere', 'GET /api/products HTTP/1.1\nHost: shop.test\n\n'],
  ['LF behind the request line', 'GET /api/products HTTP/1.1\nHost: shop.test\r\n\r\n'],
  ['LF behind a header', 'GET /api/products HTTP/1.1\r\nHost: shop.test\n\r\n'],
  ['LF in the place of the empty line', `${GET}\n${SMUGGLED}`],
  ['CR behind a header', 'GET /api/products HTTP/1.1\r\nHost: shop.test\rX: y\r\n\r\n'],
  ['CR everywhere', 'GET /api/products HTTP/1.1\rHost: shop.test\r\r'],
  ['CR CR LF', 'GET /api/products HTTP/1.1\r\r\nHost: shop.test\r\r\n\r\r\n'],
  ['obs-fold', `${GET}X-A: one\r\n two\r\n\r\n`],
  ['obs-fold with a tab', `${GET}X-A: one\r\n\ttwo\r\n\r\n`],
  ['a fold before any header', 'GET /api/products HTTP/1.1\r\n Host: shop.test\r\n\r\n'],
  ['NUL in a value', `${GET}X-A: a\x00b\r\n\r\n`],
  ['NUL in a name', `${GET}X\x00A: a\r\n\r\n`],
  ['DEL in a value', `${GET}X-A: a\x7fb\r\n\r\n`],
  ['no colon', `${GET}X-A\r\n\r\n`],
  ['no name', `${GET}: value\r\n\r\n`],
  ['a space in a name', `${GET}X A: value\r\n\r\n`],
  ['a space before the colon', `${GET}X-A : value\r\n\r\n`],
  ['a name in brackets', `${GET}[X]: value\r\n\r\n`],
  ['a name in umlauts', `${GET}\xe4: value\r\n\r\n`],
  ['a value of 20 KiB', `${GET}X-A: ${LONG}\r\n\r\n`],
  ['a name of 20 KiB', `${GET}${LONG}: a\r\n\r\n`],
  ['an address of 20 KiB', `GET /api/products?q=${LONG} HTTP/1.1\r\nHost: shop.test\r\n\r\n`],
  ['an address of 1 MiB', `GET /${'a'.repeat(1_048_576)} HTTP/1.1\r\nHost: shop.test\r\n\r\n`],
  ['a method of 20 KiB', `${'A'.repeat(20_480)} / HTTP/1.1\r\nHost: shop.test\r\n\r\n`],
  ['101 headers', `${GET}${'X-A: a\r\n'.repeat(101)}\r\n`, 'refused'],
  ['2,000 headers', `${GET}${'a:\r\n'.repeat(2_000)}\r\n`, 'refused'],
]);

const line = (text: string): string => `${text}\r\nHost: shop.test\r\n\r\n`;

const requestLines = inputs('request line', [
  ['HTTP/0.9', 'GET /api/products\r\n\r\n'],
  ['HTTP/1.2', line('GET /api/products HTTP/1.2')],
  ['HTTP/2.0', line('GET /api/products HTTP/2.0')],
  ['HTTP/11', line('GET /api/products HTTP/11')],
  ['http/1.1', line('GET /api/products http/1.1')],
  ['HTTP/1.1 and more', line('GET /api/products HTTP/1.1 HTTP/1.1')],
  ['no version', line('GET /api/products ')],
  ['a tab', line('GET\t/api/products HTTP/1.1')],
  ['two spaces', line('GET  /api/products HTTP/1.1'), 'either'],
  ['a space in the address', line('GET /api/ products HTTP/1.1')],
  ['a space in front', line(' GET /api/products HTTP/1.1')],
  ['a method in small letters', line('get /api/products HTTP/1.1')],
  ['an unknown method', line('SMUGGLE /api/products HTTP/1.1')],
  ['a NUL in the address', line('GET /api/\x00products HTTP/1.1')],
  ['a high byte in the address', line('GET /api/prod\xfcts HTTP/1.1'), 'refused'],
  ['absolute form', line('GET http://shop.test/api/products HTTP/1.1'), 'refused'],
  ['absolute form of another host', line('GET http://169.254.169.254/latest HTTP/1.1'), 'refused'],
  ['authority form', line('GET shop.test:80 HTTP/1.1'), 'refused'],
  ['CONNECT', line('CONNECT 127.0.0.1:22 HTTP/1.1'), 'dropped'],
  ['CONNECT and on', `${line('CONNECT 127.0.0.1:22 HTTP/1.1')}${SMUGGLED}`, 'dropped'],
  ['TRACE', line('TRACE /api/products HTTP/1.1'), 'refused'],
  ['TRACE of everything', line('TRACE * HTTP/1.1'), 'refused'],
  ['OPTIONS of everything', line('OPTIONS * HTTP/1.1'), 'refused'],
  ['GET of everything', line('GET * HTTP/1.1'), 'refused'],
  ['no Host', 'GET /api/products HTTP/1.1\r\n\r\n'],
  ['two Hosts', `${GET}Host: evil.test\r\n\r\n`],
  ['the same Host twice', `${GET}HOST: shop.test\r\n\r\n`],
  ['the preface of HTTP/2', 'PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n'],
  ['the preface of HTTP/2 and frames', 'PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n\x00\x00\x00\x04\x00\x00\x00\x00\x00'],
  ['a TLS hello', '\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03'],
  ['SSH', 'SSH-2.0-OpenSSH_9.9\r\n'],
  ['RESP', '*1\r\n$4\r\nPING\r\n'],
  ['zeros', '\x00'.repeat(64)],
  ['empty lines in front', `\r\n\r\n${GET}\r\n`, 'served'],
  ['half a line', 'GET /api/pro', 'dropped'],
]);

const H2C = 'Connection: Upgrade, HTTP2-Settings\r\nUpgrade: h2c\r\nHTTP2-Settings: AAMAAABkAAQAAP__\r\n';
const WEBSOCKET = 'Connection: Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Version: 13\r\n';
const PREFACE = 'PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n';

/** Some who pass bytes on believe that the connection now speaks another protocol; it must speak none. */
const upgrades = inputs('Upgrade', [
  ['h2c', `${GET}${H2C}\r\n`, 'last'],
  ['h2c, and on', `${GET}${H2C}\r\n${PREFACE}`, 'last'],
  ['h2c, and another request', `${GET}${H2C}\r\n${SMUGGLED}`, 'last'],
  ['websocket', `${GET}${WEBSOCKET}Sec-WebSocket-Key: AAAAAAAAAAAAAAAAAAAAAA==\r\n\r\n`, 'last'],
  ['websocket with a wrong version', `${GET}${WEBSOCKET.replace('13', '777')}\r\n${SMUGGLED}`, 'last'],
]);

function connections(post: string): WireInput[] {
  const bad: Row[] = [
    ['a good one, then garbage', `${GET}\r\nBOGUS\r\n\r\n`, 'closed', 1],
    [
      'a good one, then CL and TE',
      `${GET}\r\n${post}Content-Length: 5\r\nTransfer-Encoding: chunked\r\n\r\n`,
      'closed',
      1,
    ],
    ['Expect of something else', `${post}Expect: 200-ok\r\nContent-Length: 2\r\n\r\n{}`, 'refused'],
    [
      'Expect of something else, and more',
      `${post}Expect: 200-ok\r\nContent-Length: ${SMUGGLED.length}\r\n\r\n${SMUGGLED}`,
      'refused',
    ],
    ['HTTP/1.0 with another behind it', `GET /api/products HTTP/1.0\r\nHost: a\r\n\r\n${SMUGGLED}`, 'last'],
    ['close with another behind it', `${GET}Connection: close\r\n\r\n${SMUGGLED}`, 'last'],
  ];
  const unusual: Row[] = [
    ['pipelined', `${GET}\r\n${GET}\r\n`, 'served', 2],
    ['a body, then a request', `${post}Content-Length: 2\r\n\r\n{}${GET}\r\n`, 'served', 2],
    ['a request as the body of a GET', `${GET}Content-Length: ${SMUGGLED.length}\r\n\r\n${SMUGGLED}`, 'either'],
    ['a request as the body of a POST', `${post}Content-Length: ${SMUGGLED.length}\r\n\r\n${SMUGGLED}`, 'served'],
    ['HEAD with a body', `HEAD ${GET.slice(4)}Content-Length: ${SMUGGLED.length}\r\n\r\n${SMUGGLED}`, 'either'],
    ['HTTP/1.0 without Host', 'GET /api/products HTTP/1.0\r\n\r\n', 'last'],
    [
      'HTTP/1.0 keep-alive',
      `GET /api/products HTTP/1.0\r\nHost: a\r\nConnection: keep-alive\r\n\r\n${GET}\r\n`,
      'either',
      2,
    ],
    ['hop-by-hop Content-Length', `${post}Connection: content-length\r\nContent-Length: 2\r\n\r\n{}`, 'served'],
    ['hop-by-hop Host', `${GET}Connection: host, close\r\n\r\n`, 'served'],
    ['Expect: 100-continue', `${post}Expect: 100-continue\r\nContent-Length: 2\r\n\r\n{}`, 'served'],
    [
      'Expect: 100-continue, and another',
      `${post}Expect: 100-continue\r\nContent-Length: 2\r\n\r\n{}${GET}\r\n`,
      'served',
      2,
    ],
  ];
  return inputs('connection', [...bad, ...unusual]);
}

/** `post`: request line and headers of a POST that a service takes, without a word about its length. */
export const headInputs = (post: string): WireInput[] => [...lines, ...requestLines, ...upgrades, ...connections(post)];
