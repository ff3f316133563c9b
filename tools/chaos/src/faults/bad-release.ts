import { once } from 'node:events';
import { z } from 'zod';
import type { Fault } from './fault.ts';
import { addProcess, endMarked } from './marks.ts';
import { processName } from './parameters.ts';
import { secondOf } from './replica.ts';

const ENDS_WITHIN_MS = 20_000;

const parameters = z.strictObject({
  process: processName,
  /** What is wrong with it, in the place of what the first one has. */
  env: z.record(z.string().regex(/^[A-Z][A-Z_]*$/), z.string()),
});
type Parameters = z.output<typeof parameters>;

/** A rollout begins with one process of the new release: it has to end by itself, and nobody is sent to it. */
export const badRelease: Fault<Parameters> = {
  kind: 'bad-release',
  summary: 'a second process of a service is started with settings that it cannot live with',
  on: ['host'],
  parameters,
  says: ({ process, env }) => `a new ${process} with a wrong ${Object.keys(env).join(', ')}`,
  inject: async ({ target, journal, count, note }, { process, env }) => {
    const { spec, mark } = await secondOf(target, process);
    await journal.before(endMarked(mark, `end ${spec.name}`, { mayEnd: true }));
    const child = addProcess(mark, { ...spec, env: { ...spec.env, ...env } });
    const code = await ended(child).catch(() => undefined);
    count('release.refused', code === undefined || code === 0 ? 0 : 1);
    note(code === undefined ? `${spec.name} goes on` : `${spec.name} ended with exit code ${code}`);
  },
};

/** @throws AbortError where it goes on */
async function ended(child: ReturnType<typeof addProcess>): Promise<number | null> {
  const [code] = (await once(child, 'exit', { signal: AbortSignal.timeout(ENDS_WITHIN_MS) })) as [number | null];
  return code;
}
