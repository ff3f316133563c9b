import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from '@jest/globals';
import { parse } from 'yaml';
import { z } from 'zod';
import { REPO_ROOT } from '../home.ts';
import { openInstance } from '../instance.ts';
import { portsFor } from '../ports.ts';
import { INFRA_TABLE } from './infra-table.ts';
import { serverProperties } from './kafka.ts';
import { SETTINGS as POSTGRES_SETTINGS } from './postgres.ts';
import { valkeyConfig } from './valkey.ts';

const text = (path: string): string => readFileSync(join(REPO_ROOT, path), 'utf8');

/** What a Compose file of ours may say; another key is a mistake until somebody adds it here. */
const service = z.strictObject({
  image: z.string().regex(/^docker\.io\/[a-z/]+:[\d.]+$/),
  ports: z.array(z.string()).length(1),
  environment: z.record(z.string(), z.string()).optional(),
  command: z.array(z.string()).optional(),
  secrets: z.array(z.string()).optional(),
  volumes: z.array(z.string()).min(1),
  healthcheck: z.strictObject({
    test: z.array(z.string()).min(2),
    interval: z.string(),
    timeout: z.string(),
    retries: z.int(),
  }),
  shm_size: z.string().optional(),
  mem_limit: z.string().regex(/^\d+m$/),
  stop_signal: z.string().optional(),
  stop_grace_period: z.string().optional(),
});
const composeFile = z.strictObject({
  name: z.string(),
  services: z.strictObject({ kafka: service, postgres: service, mongo: service, valkey: service }),
  volumes: z.record(z.string(), z.null()),
  secrets: z.record(z.string(), z.strictObject({ file: z.string() })),
});

const compose = composeFile.parse(parse(text('compose.yaml')));
const inChart = z.object({
  image: z.string(),
  resources: z.object({ limits: z.object({ memory: z.string() }) }),
  settings: z.record(z.string(), z.string()).optional(),
});
const chart = z
  .object({ kafka: inChart, postgres: inChart, mongodb: inChart, valkey: inChart })
  .transform(({ mongodb, ...others }) => ({ ...others, mongo: mongodb }))
  .parse(parse(text('charts/infra/values.yaml')));

const servers = Object.entries(INFRA_TABLE);
const asVariable = (property: string): string => `KAFKA_${property.toUpperCase().replaceAll('.', '_')}`;

describe('the table of infrastructure', () => {
  it.each(servers)(
    'gives the image, port and memory of %s in compose.yaml',
    (name, { image, port, memoryLimitMiB }) => {
      const found = compose.services[name as keyof typeof INFRA_TABLE];
      expect(found.image).toBe(image);
      expect(found.mem_limit).toBe(`${memoryLimitMiB}m`);
      const published = name === 'kafka' ? '${SOUK_KAFKA_PORT:-19092}' : String(port);
      expect(found.ports[0]).toMatch(/^127\.0\.0\.1:\$\{SOUK_[A-Z]+_PORT:-\d+\}:/);
      expect(found.ports[0]?.endsWith(`:${published}`)).toBe(true);
    },
  );

  it.each(servers)('gives the image and memory of %s in charts/infra', (name, { image, memoryLimitMiB }) => {
    expect(chart[name as keyof typeof INFRA_TABLE].image).toBe(image);
    expect(chart[name as keyof typeof INFRA_TABLE].resources.limits.memory).toBe(`${memoryLimitMiB}Mi`);
  });

  it('has the ports by which the host reaches the containers where the embedded servers listen', () => {
    const { of } = portsFor(0);
    for (const name of ['kafka', 'postgres', 'mongo', 'valkey'] as const)
      expect(compose.services[name].ports[0]).toContain(`_PORT:-${of[name]}}`);
  });

  it('has the settings of every Kafka', () => {
    const embedded = serverProperties(openInstance('table'), '/logs');
    const settingsInChart = parse(
      /define "infra.kafka.settings" -}}\n([^]*?){{- end/.exec(text('charts/infra/templates/kafka.yaml'))?.[1] ?? '',
    ) as Record<string, string>;
    for (const [property, value] of Object.entries(INFRA_TABLE.kafka.settings)) {
      expect(embedded).toContain(`\n${property}=${value}\n`);
      expect(compose.services.kafka.environment).toMatchObject({ [asVariable(property)]: value });
      expect(settingsInChart).toMatchObject({ [property]: value });
    }
  });

  it('has the settings of every PostgreSQL', () => {
    const { settings } = INFRA_TABLE.postgres;
    expect(POSTGRES_SETTINGS).toMatchObject(settings);
    expect(chart.postgres.settings).toEqual(settings);
    const inCompose = Object.entries(settings).flatMap(([name, value]) => ['-c', `${name}=${value}`]);
    expect(compose.services.postgres.command).toEqual(['postgres', ...inCompose]);
  });

  it('has the settings of MongoDB and Valkey', () => {
    expect(compose.services.mongo.command?.slice(-2)).toEqual([
      '--wiredTigerCacheSizeGB',
      INFRA_TABLE.mongo.settings.wiredTigerCacheSizeGB,
    ]);
    const valkey = compose.services.valkey.command?.at(-1) ?? '';
    for (const [name, value] of Object.entries(INFRA_TABLE.valkey.settings))
      expect(valkey).toContain(`--${name} ${value}`);
    expect(valkeyConfig(19_379, 'secret')).toMatch(/^requirepass secret$/m);
    const quoted: Readonly<Record<string, string>> = { no: "'no'", '""': "''" };
    for (const [name, value] of Object.entries(INFRA_TABLE.valkey.settings)) {
      expect(valkeyConfig(19_379, 'secret')).toContain(`\n${name} ${value}\n`);
      expect(text('charts/infra/templates/valkey.yaml')).toContain(
        name === 'maxmemory' ? `--${name}` : `--${name}\n            - ${quoted[value] ?? value}`,
      );
    }
  });

  it('has the versions that Maven fetches, of the same major version as the images', () => {
    for (const name of ['kafka', 'postgres'] as const) {
      const { embedded, image } = INFRA_TABLE[name];
      expect(text(`tools/cli/infra/${name}/pom.xml`)).toContain(`<version>${embedded}</version>`);
      expect(image.split(':')[1]?.split('.')[0]).toBe(embedded.split('.')[0]);
    }
  });

  it('declares every volume and secret that a server uses, and reads no password from anywhere but a file', () => {
    for (const { volumes, secrets, environment = {} } of Object.values(compose.services)) {
      for (const volume of volumes) expect(Object.keys(compose.volumes)).toContain(volume.split(':')[0]);
      for (const name of secrets ?? [])
        expect(compose.secrets[name]?.file).toMatch(/^\$\{SOUK_SECRETS_DIR:\?[^}]+\}\//);
      for (const name of Object.keys(environment)) if (name.includes('PASSWORD')) expect(name).toMatch(/_FILE$/);
    }
  });
});
