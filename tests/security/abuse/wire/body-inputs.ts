import { CHUNKED, GET, inputs, type Outcome, type Row, SMUGGLED, SMUGGLED_PATH, type WireInput } from './wire-input.ts';

const hex = (text: string): string => text.length.toString(16);

const bothLengths = (post: string): WireInput[] =>
  inputs('CL and TE', [
    ['CL.TE', `${post}Content-Length: ${5 + SMUGGLED.length}\r\n${CHUNKED}\r\n0\r\n\r\n${SMUGGLED}`],
    ['TE before CL', `${post}${CHUNKED}Content-Length: ${5 + SMUGGLED.length}\r\n\r\n0\r\n\r\n${SMUGGLED}`],
    ['TE.CL', `${post}Content-Length: 4\r\n${CHUNKED}\r\n${hex(SMUGGLED)}\r\n${SMUGGLED}\r\n0\r\n\r\n`],
    ['length 0', `${post}Content-Length: 0\r\n${CHUNKED}\r\n0\r\n\r\n${SMUGGLED}`],
    ['TE: identity', `${post}Content-Length: 2\r\nTransfer-Encoding: identity\r\n\r\n{}${SMUGGLED}`],
    ['on a GET', `${GET}Content-Length: ${5 + SMUGGLED.length}\r\n${CHUNKED}\r\n0\r\n\r\n${SMUGGLED}`],
  ]);

/** Each of them is chunked to one reader and not to another. */
const OBFUSCATED = [
  'Transfer-Encoding: xchunked',
  'Transfer-Encoding: chunk',
  'Transfer-Encoding: chunked-false',
  'Transfer-Encoding: chunked, identity',
  'Transfer-Encoding: chunked, gzip',
  'Transfer-Encoding: "chunked"',
  "Transfer-Encoding: 'chunked'",
  'Transfer-Encoding: chunked;q=1',
  'Transfer-Encoding: ch\tunked',
  'Transfer-Encoding: \x0bchunked',
  'Transfer-Encoding: \x0cchunked',
  'Transfer-Encoding: chunked\x00',
  'Transfer-Encoding: \x00chunked',
  'Transfer-Encoding: \xa0chunked',
  'Transfer-Encoding: chunked\r\nTransfer-Encoding: identity',
  'Transfer-Encoding: chunked\r\nTransfer-Encoding: x',
  'Transfer-Encoding:\r\n chunked',
  'Transfer-Encoding: \r\n\tchunked',
  'Transfer-Encoding : chunked',
  'Transfer-Encoding\t: chunked',
  ' Transfer-Encoding: chunked',
  '\tTransfer-Encoding: chunked',
  'X: x\nTransfer-Encoding: chunked',
  'X: x\rTransfer-Encoding: chunked',
  'Transfer-Encoding\r\n: chunked',
  'Transfer-Encoding chunked',
];

const codings = (post: string): WireInput[] =>
  inputs('TE.TE', [
    ...OBFUSCATED.map((line): Row => {
      const body = `${hex(SMUGGLED)}\r\n${SMUGGLED}\r\n0\r\n\r\n`;
      return [JSON.stringify(line), `${post}${line}\r\nContent-Length: 4\r\n\r\n${body}`];
    }),
    ['alone and unknown', `${post}Transfer-Encoding: cow\r\n\r\n5\r\nhello\r\n0\r\n\r\n`],
    ['chunked not last', `${post}Transfer-Encoding: chunked, cow\r\n\r\n5\r\nhello\r\n0\r\n\r\n`],
    ['twice chunked', `${post}${CHUNKED}${CHUNKED}\r\n0\r\n\r\n${SMUGGLED}`],
    ['in a name with an underscore', `${post}Transfer_Encoding: chunked\r\nContent-Length: 2\r\n\r\n{}`, 'served'],
    ['in capitals', `${post}TRANSFER-ENCODING: CHUNKED\r\n\r\n2\r\n{}\r\n0\r\n\r\n`, 'served'],
    ['after a tab', `${post}Transfer-Encoding:\tchunked\r\n\r\n2\r\n{}\r\n0\r\n\r\n`, 'served'],
    ['on HTTP/1.0', `${post.replace('HTTP/1.1', 'HTTP/1.0')}${CHUNKED}\r\n0\r\n\r\n${SMUGGLED}`, 'last'],
  ]);

const LENGTHS = [
  '+2',
  '-2',
  '0x2',
  '2.0',
  '2e0',
  '2 2',
  '2,3',
  '2, 2',
  '"2"',
  '',
  '\x0b2',
  '2\x00',
  '\xb2',
  'two',
  '2;',
];
const HUGE = ['99999999999999999999', '18446744073709551618'];

const lengths = (post: string): WireInput[] =>
  inputs('Content-Length', [
    ...[...LENGTHS, ...HUGE].map((value): Row => [
      JSON.stringify(value),
      `${post}Content-Length: ${value}\r\n\r\n{}${SMUGGLED}`,
    ]),
    ['two of them', `${post}Content-Length: 2\r\nContent-Length: ${2 + SMUGGLED.length}\r\n\r\n{}${SMUGGLED}`],
    ['the same twice', `${post}Content-Length: 2\r\nContent-Length: 2\r\n\r\n{}${SMUGGLED}`],
    ['space before the colon', `${post}Content-Length : 2\r\n\r\n{}${SMUGGLED}`],
    ['folded', `${post}Content-Length:\r\n 2\r\n\r\n{}${SMUGGLED}`],
    ['with a space behind', `${post}Content-Length: 2 \r\n\r\n{}`, 'either'],
    ['shorter than the body', `${post}Content-Length: 2\r\n\r\n{}BOGUS / HTTP/1.1\r\n\r\n`, 'closed', 1],
  ]);

const SIZES = ['0x2', '+2', '-2', ' 2', '\t2', 'G', '', '2.0', '2 3', '1 ', 'FFFFFFFFFFFFFFFFF', '2_', '\x002', '\xb2'];

function chunks(post: string): WireInput[] {
  const row = (name: string, body: string, outcome?: Outcome): Row => [name, `${post}${CHUNKED}\r\n${body}`, outcome];
  return inputs('chunks', [
    ...SIZES.map((size) => row(`size ${JSON.stringify(size)}`, `${size}\r\n{}\r\n0\r\n\r\n${SMUGGLED}`)),
    row('more data than size', `2\r\n{}}\r\n0\r\n\r\n${SMUGGLED}`),
    row('no CRLF behind data', `2\r\n{}0\r\n\r\n${SMUGGLED}`),
    row('LF behind size', `2\n{}\r\n0\r\n\r\n${SMUGGLED}`),
    row('CR behind size', `2\r{}\r\n0\r\n\r\n${SMUGGLED}`),
    row('LF behind data', `2\r\n{}\n0\r\n\r\n${SMUGGLED}`),
    row('LF in an extension', `2;a\n{}\r\n0\r\n\r\n${SMUGGLED}`),
    row('CR in an extension', `2;a\rb\r\n{}\r\n0\r\n\r\n${SMUGGLED}`),
    row('NUL in an extension', `2;a\x00b\r\n{}\r\n0\r\n\r\n${SMUGGLED}`),
    row('an extension of 20 KiB', `2;${'a'.repeat(20_480)}\r\n{}\r\n0\r\n\r\n`),
    row('a thousand extensions of 20 bytes', `${`1;${'a'.repeat(20)}\r\n \r\n`.repeat(1_000)}0\r\n\r\n`, 'served'),
    row('an extension', '2;name=value\r\n{}\r\n0\r\n\r\n', 'served'),
    row('a size with zeros in front', '0002\r\n{}\r\n0\r\n\r\n', 'served'),
    row('trailers', '2\r\n{}\r\n0\r\nX-Trailer: x\r\n\r\n', 'served'),
    row('a trailer that is a length', '2\r\n{}\r\n0\r\nContent-Length: 100\r\n\r\n', 'either'),
    row('a trailer without colon', `2\r\n{}\r\n0\r\nGET ${SMUGGLED_PATH} HTTP/1.1\r\n\r\n`),
    row('trailers of 20 KiB', `2\r\n{}\r\n0\r\nX: ${'a'.repeat(20_480)}\r\n\r\n`),
    row('no end', '2\r\n{}\r\n', 'dropped'),
  ]);
}

/** `post`: request line and headers of a POST that a service takes, without a word about its length. */
export const bodyInputs = (post: string): WireInput[] => [
  ...bothLengths(post),
  ...codings(post),
  ...lengths(post),
  ...chunks(post),
];
