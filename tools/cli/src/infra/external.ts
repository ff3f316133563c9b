import { answers } from '../supervisor/probe.ts';
import { INFRA, externalProbe } from './provider.ts';

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
  return Promise.all(
    names.map(async (name) => {
      const { host, probe } = externalProbe({ name, url: urls[URL_OF[name]] ?? '' });
      return { name, port: probe.port, ready: await answers(probe, 1_500, host) };
    }),
  );
}
