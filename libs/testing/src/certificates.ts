import { generateKeyPairSync, type KeyObject, randomBytes, sign } from 'node:crypto';

/** Just enough DER to make X.509 certificates: node:crypto reads but does not write them. */
const tlv = (tag: number, ...parts: Buffer[]): Buffer => {
  const content = Buffer.concat(parts);
  const { length } = content;
  const size = length < 128 ? [length] : length < 256 ? [0x81, length] : [0x82, length >> 8, length & 255];
  return Buffer.concat([Buffer.from([tag, ...size]), content]);
};
const sequence = (...parts: Buffer[]): Buffer => tlv(0x30, ...parts);
const oid = (hex: string): Buffer => tlv(0x06, Buffer.from(hex, 'hex'));
const bits = (content: Buffer): Buffer => tlv(0x03, Buffer.from([0]), content);
const time = (at: Date): Buffer => tlv(0x18, Buffer.from(`${at.toISOString().replaceAll(/[-:T]|\.\d+/g, '')}`));
const extension = (id: string, value: Buffer): Buffer => sequence(oid(id), tlv(0x04, value));
const named = (name: string): Buffer => sequence(tlv(0x31, sequence(oid('550403'), tlv(0x0c, Buffer.from(name)))));

const ECDSA_SHA256 = sequence(oid('2a8648ce3d040302'));
const BASIC_CONSTRAINTS = '551d13';
const ALTERNATIVE_NAMES = '551d11';
const DAY_MS = 86_400_000;

export interface Certificate {
  readonly name: string;
  /** PEM. */
  readonly cert: string;
  readonly key: string;
  readonly privateKey: KeyObject;
}

/** A certificate for `name`, 127.0.0.1 included, by `issuer`; without one it signs itself and may issue others. Valid for `days` from yesterday. */
export function aCertificate(name: string, issuer?: Certificate, days = 2): Certificate {
  const { publicKey, privateKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' });
  const names = [tlv(0x82, Buffer.from(name)), tlv(0x87, Buffer.from([127, 0, 0, 1]))];
  const extensions = [
    extension(BASIC_CONSTRAINTS, sequence(...(issuer === undefined ? [tlv(0x01, Buffer.from([0xff]))] : []))),
    extension(ALTERNATIVE_NAMES, sequence(...names)),
  ];
  const now = Date.now();
  const content = sequence(
    tlv(0xa0, tlv(0x02, Buffer.from([2]))),
    tlv(0x02, Buffer.from([1]), randomBytes(8)),
    ECDSA_SHA256,
    named(issuer?.name ?? name),
    sequence(time(new Date(now - DAY_MS)), time(new Date(now + (days - 1) * DAY_MS))),
    named(name),
    publicKey.export({ type: 'spki', format: 'der' }),
    tlv(0xa3, sequence(...extensions)),
  );
  const signature = sign('sha256', content, issuer?.privateKey ?? privateKey);
  const der = sequence(content, ECDSA_SHA256, bits(signature));
  const lines = der.toString('base64').replaceAll(/.{64}/g, '$&\n').trim();
  const cert = `-----BEGIN CERTIFICATE-----\n${lines}\n-----END CERTIFICATE-----\n`;
  return { name, cert, key: privateKey.export({ type: 'pkcs8', format: 'pem' }).toString(), privateKey };
}
