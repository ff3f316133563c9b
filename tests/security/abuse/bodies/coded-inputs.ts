import { brotliCompressSync, deflateSync, gzipSync, zstdCompressSync } from 'node:zlib';
import type { BodyInput } from './json-inputs.ts';

const MIB = 1_048_576;
const TYPES = [
  'text/plain',
  'text/html',
  'text/json',
  'application/xml',
  'application/jsonp',
  'application/json+x',
  'application/x-www-form-urlencoded',
  'multipart/form-data; boundary=x',
  'multipart/form-data',
  'application/octet-stream',
  'application/x-ndjson',
  'application/msgpack',
  'json',
  '/',
  '*/*',
  ';',
  'application/',
  `application/${'x'.repeat(8_000)}`,
];

/** A good body under a name that is not its own. */
const mislabelled = (good: string): BodyInput[] =>
  TYPES.map((type) => ({ name: `as ${type.slice(0, 40)}`, body: good, headers: { 'content-type': type } }));

const form = { 'content-type': 'application/x-www-form-urlencoded' };
const forms: BodyInput[] = [
  { name: 'a form', body: 'a=1&b=2', headers: form },
  { name: 'a form 10,000 deep', body: `a${'[b]'.repeat(10_000)}=1`, headers: form },
  { name: 'a form of 100,000 fields', body: 'a[]=1&'.repeat(100_000), headers: form },
  { name: 'a form with __proto__', body: '__proto__[admin]=1&constructor[prototype][admin]=1', headers: form },
];

const coded = (coding: string, body: Buffer): BodyInput => ({
  name: `${coding}, ${body.length} bytes`,
  body,
  headers: { 'content-encoding': coding },
});

/** A few hundred bytes that would be 50 MiB for whoever unpacks them; and what only looks packed. */
function bombs(): BodyInput[] {
  const bomb = Buffer.alloc(50 * MIB, ' ');
  const gzip = gzipSync(bomb, { level: 9 });
  return [
    coded('gzip', gzip),
    coded('x-gzip', gzip),
    coded('deflate', deflateSync(bomb)),
    coded('br', brotliCompressSync(bomb)),
    coded('zstd', zstdCompressSync(bomb)),
    coded('gzip, gzip', gzipSync(gzip)),
    coded('br, gzip, deflate', deflateSync(gzip)),
  ];
}

/** Made once: packing takes its time. */
let made: BodyInput[] | undefined;

function packed(good: string): BodyInput[] {
  made ??= bombs();
  const broken = [
    coded('gzip', gzipSync(good)),
    coded('gzip', gzipSync(good).subarray(0, 20)),
    coded('gzip', Buffer.from([0x1f, 0x8b])),
    coded('br', Buffer.from([0xff, 0xff, 0xff])),
    coded('snappy', Buffer.from('x')),
    coded(Array.from({ length: 200 }, () => 'gzip').join(), gzipSync(good)),
  ];
  const plain = ['gzip', 'br', 'identity', 'snappy', 'gzip, gzip', '*', ''].map((coding) => ({
    name: `not packed at all, but said to be '${coding}'`,
    body: good,
    headers: { 'content-encoding': coding },
    mayPass: true as const,
  }));
  return [...made, ...broken, ...plain];
}

/** What is no JSON by its own account: other types, forms, compressed bodies. */
export const codedInputs = (good: string): BodyInput[] => [...mislabelled(good), ...forms, ...packed(good)];
