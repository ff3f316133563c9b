/** A body, and how it announces itself. */
export interface BodyInput {
  readonly name: string;
  readonly body: string | Buffer;
  /** In the place of `content-type: application/json`, or beside it. */
  readonly headers?: Readonly<Record<string, string>>;
  /** It may also be taken: then it means what every reader takes it for. */
  readonly mayPass?: true;
}

type Fields = Readonly<Record<string, unknown>>;

const MIB = 1_048_576;
const quoted = (text: string): string => JSON.stringify(text);
/** The good body with something behind its last field. */
const plus = (good: Fields, more: string): string => `${JSON.stringify(good).slice(0, -1)},${more}}`;
/** The good body with other text in the place of one field's value. */
const instead = (good: Fields, field: string, text: string): string =>
  `{${Object.entries(good)
    .map(([name, value]) => `${quoted(name)}:${name === field ? text : JSON.stringify(value)}`)
    .join()}}`;

const nested = (depth: number): string => `${'['.repeat(depth)}${']'.repeat(depth)}`;
const nestedObjects = (depth: number): string => `${'{"a":'.repeat(depth)}1${'}'.repeat(depth)}`;
const manyKeys = (count: number): string => Array.from({ length: count }, (_, index) => `"k${index}":0`).join();

const POISON = [
  '"__proto__":{"admin":true}',
  '"__proto__":null',
  '"__proto__":[]',
  '"\\u005f\\u005fproto\\u005f\\u005f":{"admin":true}',
  '"constructor":{"prototype":{"admin":true}}',
  '"constructor":{"\\u0070rototype":{"admin":true}}',
  '"constructor":1',
  '"prototype":{}',
  '"toString":"x"',
  '"hasOwnProperty":1',
  '"":1',
  '"$where":"1==1"',
  '"a.b.c":1',
];

function poisoned(good: Fields): BodyInput[] {
  return [
    ...POISON.map((text) => ({ name: `the field ${text}`, body: plus(good, text) })),
    { name: 'nothing but __proto__', body: '{"__proto__":{"admin":true}}' },
    { name: '__proto__ in an array', body: '[{"__proto__":{"admin":true}}]' },
    { name: '__proto__ with what is missing', body: `{"__proto__":${JSON.stringify(good)}}` },
  ];
}

function large(good: Fields): BodyInput[] {
  return [
    ...[65, 1_000, 10_000, 250_000].flatMap((depth) => [
      { name: `arrays ${depth} deep`, body: nested(depth) },
      { name: `a field ${depth} deep`, body: plus(good, `"deep":${nested(depth)}`) },
    ]),
    { name: 'objects 10,000 deep', body: nestedObjects(10_000) },
    { name: 'objects 10,000 deep, not closed', body: '{"a":'.repeat(10_000) },
    { name: '50,000 keys', body: plus(good, manyKeys(50_000)) },
    { name: '1,000,000 keys', body: `{${manyKeys(1_000_000)}}` },
    { name: 'an array of 500,000', body: `[${'0,'.repeat(499_999)}0]` },
    { name: 'a field of 1 MiB', body: plus(good, `"long":${quoted('x'.repeat(MIB))}`) },
    { name: 'a key of 500 KiB', body: plus(good, `${quoted('k'.repeat(MIB / 2))}:1`) },
    { name: 'blanks of 900 KiB and no more', body: ' '.repeat(900_000) },
    { name: 'a number of 500,000 digits', body: plus(good, `"n":${'9'.repeat(500_000)}`) },
  ];
}

const NO_JSON = [
  '',
  ' ',
  '{',
  '}',
  '[',
  '{"a":}',
  '{"a":1,}',
  '[1,]',
  "{'a':1}",
  '{a:1}',
  '{"a":1}{"a":1}',
  '{}//',
  '/**/{}',
  '{"a":0x10}',
  '{"a":01}',
  '{"a":+1}',
  '{"a":.5}',
  '{"a":1.}',
  '{"a":NaN}',
  '{"a":Infinity}',
  '{"a":-Infinity}',
  '{"a":undefined}',
  '{"a":"\n"}',
  '{"a":"\x00"}',
  '{"a":"\\x41"}',
  '{"a":"\\u12"}',
  'null null',
  'True',
  '<a/>',
  'a=1&b=2',
  '\x00',
  '\x1f\x8b\x08',
];
const NO_OBJECT = ['null', 'true', '0', '""', '[]', '"{}"', '[[]]', '{"length":1}'];

const malformed = (): BodyInput[] => [
  ...NO_JSON.map((body) => ({ name: `the text ${quoted(body)}`, body })),
  ...NO_OBJECT.map((body) => ({ name: `the value ${body}`, body })),
  { name: 'UTF-16', body: Buffer.from('\ufeff{"a":1}', 'utf16le') },
  { name: 'bytes that are no UTF-8', body: Buffer.from([0x7b, 0x22, 0xff, 0xfe, 0x22, 0x3a, 0x31, 0x7d]) },
  { name: 'an overlong encoding', body: Buffer.from([0x7b, 0x22, 0xc0, 0xaf, 0x22, 0x3a, 0x31, 0x7d]) },
];

/** What no field of ours takes, however it is typed. */
const WRONG = [
  'null',
  '[]',
  '{}',
  '[[]]',
  '{"$ne":null}',
  '{"$gt":""}',
  '1e400',
  '-1e400',
  '1e-400',
  '9007199254740993',
  '-1',
  '1.5',
  '"\\ud800"',
  '"\\udc00x"',
  '"\\u0000"',
  '""',
  'true',
  '["a"]',
  '{"toString":1}',
  quoted('x'.repeat(10_000)),
];

/** Some of them are good for some fields: an empty description, a note of any text. */
function mistyped(good: Fields): BodyInput[] {
  return Object.keys(good).flatMap((field) =>
    WRONG.map((text) => ({
      name: `${field}: ${text.slice(0, 30)}`,
      body: instead(good, field, text),
      mayPass: true as const,
    })),
  );
}

function unusual(good: Fields): BodyInput[] {
  const text = JSON.stringify(good);
  const [field = ''] = Object.keys(good);
  return [
    { name: 'a BOM in front', body: `\ufeff${text}`, mayPass: true },
    { name: 'the same field twice, the last one wrong', body: plus(good, `${quoted(field)}:[[]]`) },
    {
      name: 'the same field twice, the first one wrong',
      body: `{${quoted(field)}:[[]],${text.slice(1)}`,
      mayPass: true,
    },
    { name: 'blanks around', body: `\n\t ${text} \r\n`, mayPass: true },
  ];
}

/** Everything wrong that a JSON body can be, made from a good one. */
export const jsonInputs = (good: Fields): BodyInput[] => [
  ...poisoned(good),
  ...large(good),
  ...malformed(),
  ...mistyped(good),
  ...unusual(good),
];
