import { answers } from '../supervisor/probe.ts';
import { INFRA, externalProbe } from './provider.ts';
import { valkeyProbe } from './valkey-url.ts';

const URL_OF = { kafka: 'KAFKA_URL', postgres: 'PG_URL', mongo: 'MONGO_URL' } as const;

export interface ExternalServer {
  readonly name: string;
  readonly port: number;
  readonly ready: boolean;
}

/** The servers of a running instance that somebody else runs, asked for their health. */
export async function externalServers(
  urls: Readonly<Record<string, string>>,
  own: readonly { name: string }[],
): Promise<ExternalServer[]> {
  const names = INFRA.filter((name) => !own.some((process) => process.name === name));
  const probes = names.map((name) => ({ name, ...externalProbe({ name, url: urls[URL_OF[name]] ?? '' }) }));
  const { VALKEY_URL: valkey } = urls;
  const isExternal = valkey !== undefined && !own.some((process) => process.name === 'valkey');
  return Promise.all(
    [...probes, ...(isExternal ? [{ name: 'valkey', ...valkeyProbe(valkey) }] : [])].map(
      async ({ name, host, probe }) => ({ name, port: probe.port, ready: await answers(probe, 1_500, host) }),
    ),
  );
}
