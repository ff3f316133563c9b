import { z } from 'zod';
import type { Place } from '../../../cli/src/config/place.ts';
import {
  GATEWAY,
  parseKeyFile,
  phaseOf,
  type PrivateJwk,
  rotateSigningKey,
} from '../../../cli/src/rotation/signing-key.ts';
import { newKey } from '../../../cli/src/secrets.ts';
import { seconds } from '../experiment/experiment.ts';
import { rotating } from '../stores/rotating.ts';
import type { Fault } from './fault.ts';
import { saysTime } from './parameters.ts';
import { type StoredUndo, undo } from './undo.ts';

const parameters = z.strictObject({
  /**
   * How long the old key is published once nobody signs with it. The gateway hands out no token of an old key, so this has to outlast
   * the requests that are under way.
   */
  retires: seconds.pipe(z.number().min(0).max(60_000)).default(3_000),
});
type Parameters = z.output<typeof parameters>;

/** The key by which services believe the gateway becomes another one. There is no way back, only to the end (`own.rotations.done`). */
export const signingKeyRotation: Fault<Parameters> = {
  kind: 'signing-key-rotation',
  summary: 'the gateway signs its internal tokens with a new key, the old one is retired',
  on: ['host', 'k8s'],
  parameters,
  says: ({ retires }) => `the signing key of the gateway rotated, the old one retired after ${saysTime(retires)}`,
  async inject({ target, journal, background, count, note }, { retires }) {
    await journal.before({
      undo: 'finish-signing-key-rotation',
      with: {},
      says: "finish the rotation of the gateway's signing key, where it was begun",
    });
    const done = rotating(target, async (place) => {
      const { signing } = await rotate(place, retires, async () => (await newKey()).privateJwk);
      count('rotations.done');
      note(`internal tokens are signed with ${signing}`);
    });
    background(done);
  },
};

const rotate = (place: Place, retireAfterMs: number, next: () => Promise<PrivateJwk>) =>
  rotateSigningKey({
    place,
    signer: GATEWAY,
    newKey: next,
    retireAfterMs,
    wait: true,
    now: Date.now,
    step: (_title, work) => work(),
  });

export const SIGNING_KEY_UNDOS: Readonly<Record<string, StoredUndo>> = {
  'finish-signing-key-rotation': undo({
    parameters: z.object({}),
    run: (target) =>
      rotating(target, async (place) => {
        const { parts } = await place.readSecret(GATEWAY.secret);
        if (phaseOf(parseKeyFile(parts[GATEWAY.part] ?? 'null', GATEWAY)) === 'idle') return;
        await rotate(place, 0, () => Promise.reject(new Error('a rotation that was begun has its key')));
      }),
  }),
};
