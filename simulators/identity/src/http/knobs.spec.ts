import { type IncomingMessage, ServerResponse } from 'node:http';
import { Readable } from 'node:stream';
import { describe, expect, it } from '@jest/globals';
import { Users } from '../domain/users.js';
import { Knobs, turnKnobs } from './knobs.js';

const rotateWith = (error: Error): Promise<void> => {
  const request = Object.assign(Readable.from([]), { headers: {}, method: 'POST' }) as unknown as IncomingMessage;
  const rotation = { begin: () => Promise.reject(error), state: () => ({ signing: 'old', published: ['old'] }) };
  const parts = { knobs: new Knobs(), people: { users: new Users() }, rotation, logger: { info: () => undefined } };
  const response = new ServerResponse(request);
  return turnKnobs(parts, { request, response, method: 'POST', path: ['knobs', 'rotate-key'] });
};

describe('the knob that rotates the key', () => {
  it.each(['EROFS', 'EACCES', 'EPERM', 'EBUSY'])(
    'says that the file is not its own to write, after %s',
    async (code) => {
      await expect(rotateWith(Object.assign(new Error(code), { code }))).rejects.toMatchObject({
        code: 'keys-read-only',
        status: 409,
      });
    },
  );

  it('hides no other fault', async () => {
    const full = Object.assign(new Error('no space left'), { code: 'ENOSPC' });
    await expect(rotateWith(full)).rejects.toBe(full);
  });
});
