import { createPrivateKey, sign, verify } from 'node:crypto';
import { WatchedFile } from '@souk/config';
import { z } from 'zod';

const privateKey = z.looseObject({
  kid: z.string().min(1),
  kty: z.literal('EC'),
  crv: z.literal('P-256'),
  x: z.string(),
  y: z.string(),
  d: z.string(),
});
export type PrivateKey = z.infer<typeof privateKey>;

const keyFile = z.object({
  keys: z.array(privateKey).min(1),
  rotation: z
    .object({ to: z.string(), signsAt: z.iso.datetime().optional(), retireAt: z.iso.datetime().optional() })
    .optional(),
});

/**
 * The keys of one moment: the first signs, all are published. Beside them stands what a rotation has reached; `signsAt` says that this
 * process drives it, without it somebody else does (`./souk rotate identity-key`).
 */
export type KeyFile = z.infer<typeof keyFile>;

/**
 * Follows the file with the signing keys.
 * @throws Error naming the file when it holds none at the start
 */
export function followKeys(file: string): WatchedFile<KeyFile> {
  return new WatchedFile({ name: 'signing-keys', file, parse: (text) => parseKeys(text, file) });
}

/** @throws Error naming the file; never its content */
export function parseKeys(text: string, file: string): KeyFile {
  try {
    const parsed = keyFile.parse(JSON.parse(text));
    if (!parsed.keys.every(signs)) throw new Error('the halves of a key do not fit');
    if (new Set(parsed.keys.map(({ kid }) => kid)).size < parsed.keys.length) throw new Error('two keys have one id');
    return parsed;
  } catch {
    // Without a cause, which may quote the key.
    throw new Error(
      `${file} does not hold a set of private ES256 keys with different ids; the first start of the shop makes it.`,
    );
  }
}

/** A key whose halves are not of one key shows it to nobody but those who check what it signed. */
function signs({ kty, crv, x, y, d, kid }: PrivateKey): boolean {
  const sample = Buffer.from(kid);
  const signature = sign('sha256', sample, createPrivateKey({ key: { kty, crv, x, y, d }, format: 'jwk' }));
  return verify('sha256', sample, { key: { kty, crv, x, y }, format: 'jwk' }, signature);
}

/** What may be seen of the keys. */
export const shownKeys = ({ keys }: KeyFile): { signing: string; published: string[] } => ({
  signing: keys[0]?.kid ?? '',
  published: keys.map(({ kid }) => kid),
});
