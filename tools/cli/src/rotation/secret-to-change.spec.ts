import { describe, expect, it } from '@jest/globals';
import type { Place, SecretContent } from '../config/place.ts';
import { CliError } from '../errors.ts';
import { rotateDatabase } from './database.ts';
import { GATEWAY, rotateSigningKey } from './signing-key.ts';

/** A place in which one Secret is written by an operator; it counts what is done to it. */
function aPlace(held: string) {
  const done: string[] = [];
  const uri = 'postgres://order_app:old@postgres:5432/souk_order';
  const content = (name: string): SecretContent => ({
    parts: { uri, 'internal-signing.jwk.json': '{"kid":"old","d":"x"}' },
    version: '1',
    ...(name === held ? { holder: `ExternalSecret ${name}` } : {}),
  });
  const note = (what: string) => () => Promise.reject(new Error(done[done.push(what) - 1]));
  const place: Place = {
    title: 'a test',
    readSecret: async (name) => content(name),
    writeSecret: note('write'),
    refresh: note('refresh'),
    ask: note('ask'),
    withSuperuser: note('superuser'),
    readDocument: note('settings'),
    writeDocument: note('settings'),
    removeDocument: note('settings'),
    instancesOf: note('settings'),
    readHistory: note('settings'),
    writeHistory: note('settings'),
    close: async () => undefined,
  };
  return { place, done };
}

const step = <T>(_title: string, work: () => Promise<T>) => work();

describe('a rotation whose Secret an operator writes', () => {
  it.each(['postgres-order', 'postgres-roles'])(
    'of a database is refused for %s before anything is done',
    async (held) => {
      const { place, done } = aPlace(held);
      const refused = rotateDatabase({ place, database: 'order', newPassword: () => 'new', step });
      await expect(refused).rejects.toThrow(CliError);
      await expect(refused).rejects.toMatchObject({ message: expect.stringContaining(`ExternalSecret ${held}`) });
      expect(done).toEqual([]);
    },
  );

  it('of the signing key is refused before anything is done', async () => {
    const { place, done } = aPlace('gateway-keys');
    const newKey = async () => ({ kid: 'new', d: 'y' });
    const refused = rotateSigningKey({
      place,
      signer: GATEWAY,
      newKey,
      retireAfterMs: 0,
      wait: true,
      now: () => 0,
      step,
    });
    await expect(refused).rejects.toThrow(CliError);
    expect(done).toEqual([]);
  });

  it('goes on for those that nobody else writes', async () => {
    const { place, done } = aPlace('another');
    await expect(rotateDatabase({ place, database: 'order', newPassword: () => 'new', step })).rejects.toThrow('write');
    expect(done).toEqual(['write']);
  });
});
