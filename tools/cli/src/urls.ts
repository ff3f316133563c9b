import { rmSync } from 'node:fs';
import { join } from 'node:path';
import { DATABASES, databaseUrl } from './infra/databases.ts';
import { valkeyEnv } from './infra/valkey-url.ts';
import type { Instance } from './instance.ts';
import { SERVICES, serviceUrl, shopNames } from './shop-processes.ts';
import type { InfraUrls } from './shop-processes.ts';
import { readIfThere, writeFileAtomically } from './system/files.ts';

/** Every address of a running instance by the name of its variable; holds passwords, hence mode 0600. */
export function writeUrls(instance: Instance, infra: InfraUrls): Record<string, string> {
  const names = shopNames(instance);
  const services = SERVICES.filter((name) => names.includes(name)).map((name) => [
    `${name.toUpperCase().replaceAll('-', '_')}_URL`,
    serviceUrl(instance, name),
  ]);
  const databases = DATABASES.flatMap((database) =>
    (['owner', 'app', 'read'] as const).map((role) => [
      `${database}_${role}_DATABASE_URL`.toUpperCase(),
      databaseUrl(infra.postgres, instance.secretsDir, database, role),
    ]),
  );
  const urls: Record<string, string> = {
    SOUK_INSTANCE: instance.name,
    SOUK_SECRETS_DIR: instance.secretsDir,
    KAFKA_URL: infra.kafka,
    PG_URL: infra.postgres,
    MONGO_URL: infra.mongo,
    ...valkeyEnv(instance, infra.valkey),
    ...Object.fromEntries([...services, ...databases]),
  };
  writeFileAtomically(urlsFile(instance), `${JSON.stringify(urls, null, 2)}\n`, 0o600);
  return urls;
}

/** The addresses written by the last `up`, or undefined when the instance is stopped; what is no record of addresses is none, and `up` writes it anew. */
export function readUrls(instance: Instance): Record<string, string> | undefined {
  const text = readIfThere(urlsFile(instance));
  if (text === undefined) return undefined;
  try {
    const urls: unknown = JSON.parse(text);
    return isStringRecord(urls) ? urls : undefined;
  } catch {
    return undefined;
  }
}

/** The servers among the addresses of a running instance. */
export function infraUrlsOf(urls: Readonly<Record<string, string>>): InfraUrls {
  const { KAFKA_URL: kafka = '', PG_URL: postgres = '', MONGO_URL: mongo = '', VALKEY_URL: valkey } = urls;
  return { kafka, postgres, mongo, ...(valkey !== undefined && { valkey }) };
}

export function removeUrls(instance: Instance): void {
  rmSync(urlsFile(instance), { force: true });
}

function urlsFile(instance: Instance): string {
  return join(instance.dir, 'env.json');
}

function isStringRecord(value: unknown): value is Record<string, string> {
  return typeof value === 'object' && value !== null && Object.values(value).every((one) => typeof one === 'string');
}
