import { z } from 'zod';
import { GROUP_NAMES, GROUPS } from '../stores/consumer-groups.ts';
import { brokersOf, rewind } from '../stores/kafka.ts';
import type { Fault, Injecting } from './fault.ts';
import { saysNames } from './parameters.ts';
import { startAgain } from './ways-back.ts';

const parameters = z.strictObject({
  group: z
    .union([z.enum(GROUP_NAMES), z.array(z.enum(GROUP_NAMES)).min(1)])
    .transform((names) => [...new Set([names].flat())]),
  times: z.int().min(1).max(5).default(1),
});
type Parameters = z.output<typeof parameters>;

/** Everything that is in the topics is delivered once more: a restore from a backup, a wrong `--to-earliest`. */
export const kafkaOffsetsReset: Fault<Parameters> = {
  kind: 'kafka-offsets-reset',
  summary: 'consumers read all their topics again from the beginning',
  on: ['host', 'k8s'],
  parameters,
  says: ({ group, times }) => `${saysNames(group)} reads everything again${times > 1 ? `, ${times} times` : ''}`,
  async inject(injecting, { group, times }) {
    for (let time = 0; time < times && !injecting.until.aborted; time++)
      for (const name of group) await readAgain(injecting, name);
  },
};

/** Kafka moves the position of a group without members only. */
async function readAgain({ target, journal, note }: Injecting, group: keyof typeof GROUPS): Promise<void> {
  await journal.before(startAgain(group));
  await target.stop(group);
  await rewind(brokersOf(target), group, GROUPS[group]);
  await target.start(group);
  note(`${group} reads ${GROUPS[group].join(', ')} from the beginning`);
}
