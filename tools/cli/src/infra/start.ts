import { CliError } from '../errors.ts';
import type { Instance } from '../instance.ts';
import type { Progress, StepReport } from '../output.ts';
import type { InfraUrls } from '../shop-processes.ts';
import { command } from '../supervisor/launch.ts';
import { answers } from '../supervisor/probe.ts';
import { waitReady } from '../supervisor/wait.ts';
import { ensureDatabases } from './databases.ts';
import { externalProbe, provideAll } from './provider.ts';
import type { InfraName, Provided } from './provider.ts';
import { startValkey } from './valkey.ts';

const READY_WITHIN_MS = 60_000;
const TITLES: Readonly<Record<InfraName, string>> = { kafka: 'Kafka', postgres: 'PostgreSQL', mongo: 'MongoDB' };

/** Starts what is ours, waits until all three servers answer, and prepares the databases. Valkey joins where it can. Returns the URLs. */
export async function startInfra(instance: Instance, progress: Progress): Promise<InfraUrls> {
  const provided = await progress.step('servers', async (report) => {
    const all = await provideAll(instance, process.env, () =>
      report.doing(
        instance.infra === 'compose'
          ? 'images of PostgreSQL, Kafka and MongoDB'
          : 'fetching PostgreSQL, Kafka and the MongoDB-wire server from Maven Central',
      ),
    );
    await command(instance, { op: 'start', specs: all.flatMap((one) => one.spec ?? []) });
    return all;
  });
  const [valkey] = await Promise.all([
    progress.step('Valkey', (report) => startValkey(instance, process.env, report)),
    ...provided.map((one) =>
      progress.step(TITLES[one.name], async (report) => {
        await ready(instance, one, report);
        if (one.name === 'postgres') await ensureDatabases(one.url, instance.secretsDir);
      }),
    ),
  ]);
  return { ...urlsOf(provided), ...(valkey.url !== undefined && { valkey: valkey.url }) };
}

export function urlsOf(provided: readonly Provided[]): InfraUrls {
  return Object.fromEntries(provided.map(({ name, url }) => [name, url])) as Record<InfraName, string>;
}

async function ready(instance: Instance, provided: Provided, report: StepReport): Promise<void> {
  if (provided.spec) {
    await waitReady(instance, [provided.name], READY_WITHIN_MS);
    return;
  }
  const { host, probe } = externalProbe(provided);
  report.result(`given by URL, ${host}:${probe.port}`);
  if (await answers(probe, 5_000, host)) return;
  throw new CliError(
    `${TITLES[provided.name]} does not answer`,
    `its URL names ${host}:${probe.port}`,
    'start it, correct the URL, or unset the variable to use the embedded server',
  );
}
