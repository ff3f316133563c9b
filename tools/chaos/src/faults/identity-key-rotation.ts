import { z } from 'zod';
import { everyReplica } from '../../../cli/src/config/in-force.ts';
import { IDENTITY, parseKeyFile, phaseOf, retire } from '../../../cli/src/rotation/signing-key.ts';
import { ApiClient } from '../../../cli/src/shop/api-client.ts';
import { waitFor } from '../../../cli/src/shop/wait-for.ts';
import { rotating } from '../stores/rotating.ts';
import type { Target } from '../target/target.ts';
import { changeSettings } from './config-change.ts';
import type { Fault } from './fault.ts';

const SIGNS_LATE_MS = 15_000;
const IN_FORCE_WITHIN_MS = 10_000;

const parameters = z.strictObject({
  /** Seconds for which the new key is published before it signs. */
  overlap: z.int().min(0).max(60).default(3),
});
type Parameters = z.output<typeof parameters>;

/**
 * The provider signs with a new key. It retires the old one by itself when the last token of it has ended; nothing is left to undo but
 * the overlap. Counts `own.rotations.done`, once the new key signs.
 */
export const identityKeyRotation: Fault<Parameters> = {
  kind: 'identity-key-rotation',
  summary: 'the identity provider signs with a new key; tokens of the old one are still around',
  on: ['host', 'k8s'],
  parameters,
  says: ({ overlap }) => `the identity provider signs with a new key, published ${overlap} s before`,
  prepare: ({ target }) => endEarlierRotation(target),
  async inject(injecting, { overlap }) {
    const { target, background, count, note } = injecting;
    await changeSettings(injecting, { 'identity.keyOverlapSeconds': overlap });
    const { signing: old } = await stateOf(target);
    await begin(target);
    const takenOver = waitFor('the new key signs', overlap * 1_000 + SIGNS_LATE_MS, async () => {
      const { signing } = await stateOf(target);
      return signing !== old;
    });
    background(
      takenOver.then(() => {
        count('rotations.done');
        note('the new key signs');
      }),
    );
  },
};

interface State {
  readonly signing: string;
}

const identity = ({ context }: Target): ApiClient => new ApiClient(context.urls['IDENTITY_URL'] ?? '');
const begin = (target: Target): Promise<State> =>
  identity(target).expect([202], 'POST', '/knobs/rotate-key', { body: {} });
const stateOf = (target: Target): Promise<State> => identity(target).expect([200], 'GET', '/knobs/rotate-key');

/** While one is under way no other can begin. Whoever signed in before it has to do so again; the visitors of a run come later. */
function endEarlierRotation(target: Target): Promise<void> {
  return rotating(target, async (place) => {
    const { parts, version } = await place.readSecret(IDENTITY.secret);
    const file = parseKeyFile(parts[IDENTITY.part] ?? 'null', IDENTITY);
    if (phaseOf(file) === 'idle') return;
    const left = retire(file);
    await place.writeSecret(IDENTITY.secret, version, { [IDENTITY.part]: JSON.stringify(left) });
    const to = left.keys.map(({ kid }) => kid).join();
    await everyReplica(place, {
      service: IDENTITY.service,
      name: 'signing-keys',
      is: ({ values }) => Array.isArray(values.published) && values.published.join() === to,
      what: 'the newest key alone',
      withinMs: IN_FORCE_WITHIN_MS,
    });
  });
}
