import { describe, expect, it } from '@jest/globals';
import type { Place } from '../config/place.ts';
import { GATEWAY, IDENTITY, parseKeyFile, phaseOf, rotateSigningKey } from './signing-key.ts';
import type { KeyFile, RotateKeyOptions, Signer } from './signing-key.ts';

const key = (kid: string) => ({ kid, kty: 'EC', crv: 'P-256', x: 'x', y: 'y', d: `private-${kid}` });
const OLD = key('old');
const NEW = key('new');

/** A gateway of two replicas, the second of which sees each version of the file one look later. */
class FakePlace implements Place {
  readonly title = 'a fake';
  readonly history: KeyFile[] = [];
  /** What the replicas say of the life of their tokens. */
  tokenSeconds: number | undefined;
  /** Ends the command after this many writes, as a lost connection does. */
  dieAfterWrites = Infinity;
  readonly #signer: Signer;
  #text: string;
  #second: KeyFile;

  constructor(file: unknown, signer = GATEWAY) {
    this.#text = JSON.stringify(file);
    this.#signer = signer;
    this.#second = this.file;
  }

  get file(): KeyFile {
    return parseKeyFile(this.#text, this.#signer);
  }

  readSecret = async (name: string) => ({
    parts: name === this.#signer.secret ? { [this.#signer.part]: this.#text } : {},
    version: this.#text,
  });

  writeSecret = async (_name: string, version: string, parts: Readonly<Record<string, string>>) => {
    if (this.history.length >= this.dieAfterWrites) throw new Error('the line is cut');
    if (version !== this.#text) throw new Error('changed meanwhile');
    this.#text = parts[this.#signer.part] ?? '';
    this.history.push(this.file);
  };

  ask = async (service: string) => {
    if (service !== this.#signer.service) throw new Error(`asked ${service}`);
    const shown = [this.file, this.#second].map(({ keys }, index) => ({
      replica: `gateway-${index}`,
      body: {
        'signing-keys': {
          values: { signing: keys[0]?.kid, published: keys.map(({ kid }) => kid), tokenSeconds: this.tokenSeconds },
        },
      },
    }));
    this.#second = this.file;
    return shown;
  };

  refresh = async () => undefined;
  close = async () => undefined;
  readDocument = () => Promise.reject(new Error('not asked for'));
  writeDocument = () => Promise.reject(new Error('not asked for'));
  removeDocument = () => Promise.reject(new Error('not asked for'));
  instancesOf = () => Promise.reject(new Error('not asked for'));
  readHistory = () => Promise.reject(new Error('not asked for'));
  writeHistory = () => Promise.reject(new Error('not asked for'));
  withSuperuser = () => Promise.reject(new Error('not asked for'));
}

const usual = (place: FakePlace): RotateKeyOptions => ({
  place,
  signer: GATEWAY,
  newKey: async () => NEW,
  wait: true,
  now: () => 0,
  settleMs: 0,
  step: (_title, work) => work(),
});
const rotate = (place: FakePlace, options: Partial<RotateKeyOptions> = {}) =>
  rotateSigningKey({ ...usual(place), retireAfterMs: 0, ...options });
const kids = ({ keys }: KeyFile) => keys.map(({ kid }) => kid);

describe('rotation of the signing key', () => {
  it('CFG-10 publishes, promotes, retires, in this order', async () => {
    const place = new FakePlace(OLD);
    expect(await rotate(place)).toEqual({ phase: 'idle', signing: 'new', retired: ['old'] });
    expect(place.history.map(kids)).toEqual([['old', 'new'], ['new', 'old'], ['new', 'old'], ['new']]);
    expect(place.file).toEqual({ keys: [NEW] });
  });

  it.each([1, 2, 3])('CFG-10 is finished by a second call when the first one died after write %i', async (writes) => {
    const place = new FakePlace(OLD);
    place.dieAfterWrites = writes;
    await expect(rotate(place)).rejects.toThrow('the line is cut');
    place.dieAfterWrites = Infinity;
    // Another key now would be one that nobody asked for.
    const newKey = () => Promise.reject(new Error('a second new key'));
    expect(await rotate(place, { newKey })).toMatchObject({ signing: 'new', retired: ['old'] });
    expect(kids(place.file)).toEqual(['new']);
  });

  it('FED-10 is the same for the keys of the identity simulator', async () => {
    const place = new FakePlace({ keys: [OLD] }, IDENTITY);
    expect(await rotate(place, { signer: IDENTITY })).toMatchObject({ signing: 'new', retired: ['old'] });
    expect(kids(place.file)).toEqual(['new']);
  });

  it('says when the old key may go, and the next call lets it go', async () => {
    const place = new FakePlace({ keys: [OLD] });
    const first = await rotate(place, { wait: false, retireAfterMs: 310_000 });
    expect(first).toEqual({ phase: 'retiring', signing: 'new', retired: [], retireAt: '1970-01-01T00:05:10.000Z' });
    expect(kids(place.file)).toEqual(['new', 'old']);
    expect(phaseOf(place.file)).toBe('retiring');
    const second = await rotate(place, { wait: false, retireAfterMs: 310_000, now: () => 310_000 });
    expect(second).toMatchObject({ phase: 'idle', retired: ['old'] });
    expect(kids(place.file)).toEqual(['new']);
  });

  it('lets an impatient second call shorten the wait', async () => {
    const place = new FakePlace(OLD);
    await rotate(place, { wait: false, retireAfterMs: 310_000 });
    expect(await rotate(place, { retireAfterMs: 0 })).toMatchObject({ phase: 'idle' });
  });

  it('FED-10 honours tokens as long as the longest that was given out lives, when nothing is said', async () => {
    const retireAt = async (tokenSeconds: number | undefined) => {
      const place = new FakePlace(OLD, IDENTITY);
      place.tokenSeconds = tokenSeconds;
      return (await rotateSigningKey({ ...usual(place), signer: IDENTITY, wait: false })).retireAt;
    };
    expect(await retireAt(undefined)).toBe('1970-01-01T00:10:10.000Z');
    expect(await retireAt(60)).toBe('1970-01-01T00:10:10.000Z');
    expect(await retireAt(3_600)).toBe('1970-01-01T01:00:10.000Z');
  });

  it('keeps to what was settled when tokens live shorter by the second call', async () => {
    const place = new FakePlace(OLD, IDENTITY);
    place.tokenSeconds = 3_600;
    const first = await rotateSigningKey({ ...usual(place), signer: IDENTITY, wait: false });
    place.tokenSeconds = 600;
    expect(await rotateSigningKey({ ...usual(place), signer: IDENTITY, wait: false })).toEqual(first);
  });

  it('refuses a file that it does not understand', () => {
    for (const file of [null, [], {}, { keys: [] }, { keys: [{ kid: 'public' }] }, { kty: 'EC', d: 'no id' }])
      expect(() => parseKeyFile(JSON.stringify(file), GATEWAY)).toThrow('holds no signing keys');
  });
});
