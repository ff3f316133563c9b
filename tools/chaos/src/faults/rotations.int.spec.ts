import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { mkdirSync, readFileSync, rmSync } from 'node:fs';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { ensureSettings, settingsFile } from '../../../cli/src/config/files.ts';
import { hostPlace } from '../../../cli/src/config/host-place.ts';
import { openInstance } from '../../../cli/src/instance.ts';
import {
  GATEWAY,
  IDENTITY,
  parseKeyFile,
  phaseOf,
  publish,
  type Signer,
} from '../../../cli/src/rotation/signing-key.ts';
import { ensureKeys, newKey } from '../../../cli/src/secrets.ts';
import { faultOf } from './fault-of.mother.ts';
import { Trial } from './injecting.mother.ts';
import { useOwnHome } from './own-home.mother.ts';

useOwnHome();

/** A provider that makes a new key when it is told to, and signs with it at once. */
async function toyIdentity() {
  let keys = 1;
  const server = createServer((request, response) => {
    if (request.method === 'POST') keys += 1;
    response
      .writeHead(request.method === 'POST' ? 202 : 200, { 'content-type': 'application/json' })
      .end(JSON.stringify({ signing: `key-${keys}` }));
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return { server, url: `http://127.0.0.1:${(server.address() as AddressInfo).port}` };
}

describe('faults of keys', () => {
  let trial: Trial;
  const instance = openInstance('rotated');
  const place = hostPlace(instance);
  const keyFile = async (signer: Signer) => {
    const { parts } = await place.readSecret(signer.secret);
    return parseKeyFile(parts[signer.part] ?? 'null', signer);
  };
  const begin = async (signer: Signer): Promise<string> => {
    const { version } = await place.readSecret(signer.secret);
    const { privateJwk } = await newKey();
    const published = publish(await keyFile(signer), privateJwk);
    await place.writeSecret(signer.secret, version, { [signer.part]: JSON.stringify(published) });
    return privateJwk.kid;
  };

  beforeEach(async () => {
    rmSync(instance.dir, { recursive: true, force: true });
    mkdirSync(instance.secretsDir, { recursive: true });
    ensureSettings(instance);
    await ensureKeys(instance.secretsDir);
    // Nobody runs, so nobody is waited for.
    const process = async (name: string) => ({ name, pid: null, ready: false, restarts: 0 });
    trial = new Trial({ urls: {}, instance: 'rotated', verbs: { process } });
  });
  afterEach(() => trial.heal());

  it('signing-key-rotation: another key signs alone, and to undo it later does not rotate again', async () => {
    const [old] = (await keyFile(GATEWAY)).keys;
    await trial.inject('signing-key-rotation', { retires: '0s' });
    await trial.done();
    const { keys, rotation } = await keyFile(GATEWAY);
    expect([keys.length, rotation, keys[0]?.kid === old?.kid]).toEqual([1, undefined, false]);
    expect(trial.counted.get('rotations.done')).toBe(1);
    await trial.undo();
    expect((await keyFile(GATEWAY)).keys).toEqual(keys);
  });

  it('signing-key-rotation: one that was begun is ended by its way back, with the key that it had', async () => {
    const begun = await begin(GATEWAY);
    trial.waysBack.push({ undo: 'finish-signing-key-rotation', with: {}, says: '' });
    await trial.undo();
    const { keys } = await keyFile(GATEWAY);
    expect(keys.map(({ kid }) => kid)).toEqual([begun]);
  });

  describe('password-rotation: its way back', () => {
    /** Where it asks for the server it goes on; there is none here. */
    const undone = async (retiring: string): Promise<string> => {
      const { version } = await place.readSecret('postgres-roles');
      const login = { 'postgres-payment-app-b': 'known', 'postgres-payment-retiring': retiring };
      await place.writeSecret('postgres-roles', version, login);
      const { version: before } = await place.readSecret('postgres-payment');
      const uri = 'postgres://payment_app:secret@127.0.0.1:1/souk_payment';
      await place.writeSecret('postgres-payment', before, { uri });
      trial.waysBack.push({ undo: 'finish-password-rotation', with: { database: 'payment' }, says: '' });
      const said = await trial.undo().then(
        () => 'nothing to do',
        (error: unknown) => String(error),
      );
      trial.waysBack.length = 0;
      return said;
    };

    it('does nothing where none was begun', async () => expect(await undone('')).toBe('nothing to do'));

    it('goes on with one that was begun, with the password that was written down', async () => {
      expect(await undone('payment_app')).toContain('is not running');
      const { parts } = await place.readSecret('postgres-roles');
      expect(parts).toMatchObject({ 'postgres-payment-app-b': 'known', 'postgres-payment-retiring': 'payment_app' });
    });
  });

  it('identity-key-rotation: the provider is told to, with the overlap that was asked for, which goes again', async () => {
    const { server, url } = await toyIdentity();
    const asked = new Trial({
      urls: { IDENTITY_URL: url },
      instance: 'rotated',
      verbs: { process: trial.target.process },
    });
    try {
      const settings = (): string => readFileSync(settingsFile(instance, 'identity'), 'utf8');
      const good = settings();
      await asked.inject('identity-key-rotation', { overlap: 1 });
      await asked.done();
      expect(settings()).toMatch(/^keyOverlapSeconds: 1$/m);
      expect([asked.counted.get('rotations.done'), asked.notes.at(-1)]).toEqual([1, 'the new key signs']);
      await asked.heal();
      expect(settings()).toBe(good);
    } finally {
      server.close();
      server.closeAllConnections();
    }
  });

  it('identity-key-rotation: one of before is ended first, as only one can be under way', async () => {
    const begun = await begin(IDENTITY);
    expect(phaseOf(await keyFile(IDENTITY))).toBe('published');
    await faultOf('identity-key-rotation').read({}).prepare(trial.injecting());
    expect(await keyFile(IDENTITY)).toMatchObject({ keys: [{ kid: begun }] });
    expect(phaseOf(await keyFile(IDENTITY))).toBe('idle');
  });
});
