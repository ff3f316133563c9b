import { randomUUID } from 'node:crypto';
import { z } from 'zod';
import type { ExperimentCode } from '../../tools/chaos/src/experiment/code.ts';
import { kind } from '../../tools/chaos/src/faults/faults.ts';
import type { Fault } from '../../tools/chaos/src/faults/fault.ts';
import { repeat } from '../../tools/chaos/src/faults/repeat.ts';
import type { Measure } from '../../tools/chaos/src/measure/measure.ts';
import { increase } from '../../tools/chaos/src/measure/series.ts';

const EVERY_MS = 100;
const MOST_ROUNDS = 600;
const SENT = 'flood-sent';
const SERVED = 'flood-served';

const parameters = z.strictObject({ perSecond: z.int().min(10).max(300) });
type Parameters = z.output<typeof parameters>;

/** A customer whose script has lost its brake. */
const tenantFlood: Fault<Parameters> = {
  kind: 'tenant-flood',
  summary: 'one customer asks for their cart far more often than a customer may',
  on: ['host', 'k8s'],
  parameters,
  says: ({ perSecond }) => `one customer asks ${perSecond} times a second`,
  async inject({ target, count, background, until }, { perSecond }) {
    const token = await target.context.token(`flood-${randomUUID().slice(0, 8)}`);
    const ask = async (): Promise<void> => {
      count(SENT);
      const { status } = await target.api.send('GET', '/api/cart', { token });
      if (status === 200) count(SERVED);
    };
    const round = (): Promise<unknown> =>
      Promise.all(
        Array.from({ length: Math.round((perSecond * EVERY_MS) / 1_000) }, () => ask().catch(() => undefined)),
      );
    count(SERVED, 0);
    background(repeat({ everyMs: EVERY_MS, times: MOST_ROUNDS, until }, round));
  },
};

const servedOfFlood: Measure<Record<string, never>> = {
  name: 'served-of-flood',
  unit: '%',
  parameters: z.strictObject({}),
  figure: ({ samples }, window) => {
    const [sent, served] = [SENT, SERVED].map((series) => increase(samples, `own.${series}`, window));
    return sent === undefined || served === undefined || sent === 0 ? undefined : (100 * served) / sent;
  },
};

export const code: ExperimentCode = { faults: [kind(tenantFlood)], measures: [servedOfFlood] };
