import { createHash } from 'node:crypto';
import { existsSync, readFileSync } from 'node:fs';
import { resolve } from 'node:path';
import { environment } from './config.js';

export interface TestInfra {
  readonly kafkaBrokers: string[];
  /** Superuser URL: tests create and drop databases. */
  readonly pgUrl: string;
  readonly mongoUrl: string;
}

const REPO = resolve(import.meta.dirname, '../../..');

/**
 * Where the real servers are: KAFKA_URL, PG_URL and MONGO_URL, each from the environment or else from the running instance.
 * @throws Error telling to start it when neither knows
 */
export function testInfra(env: Readonly<Record<string, string | undefined>> = environment, repo = REPO): TestInfra {
  const running = () => readEnvFile(env, repo);
  const url = (name: string): string => {
    const value = env[name] || running()[name];
    if (typeof value === 'string') return value;
    throw new Error(
      `No ${name}: this test needs real servers. Run ./souk up (or ./souk up --infra-only) first, or set ${name}.`,
    );
  };
  return {
    kafkaBrokers: url('KAFKA_URL')
      .replace(/^kafka:\/\//, '')
      .split(','),
    pgUrl: url('PG_URL'),
    mongoUrl: url('MONGO_URL'),
  };
}

function readEnvFile(env: Readonly<Record<string, string | undefined>>, repo: string): Record<string, unknown> {
  const instance = env['SOUK_INSTANCE'] || 'default';
  // The same places in which the CLI keeps its state (tools/cli/src/home.ts).
  const hash = createHash('sha256').update(repo).digest('hex').slice(0, 8);
  const homes = env['SOUK_HOME'] ? [env['SOUK_HOME']] : [`${repo}/.souk`, `/var/tmp/souk-${hash}`];
  const file = homes.map((home) => `${home}/instances/${instance}/env.json`).find((path) => existsSync(path));
  return file === undefined ? {} : (JSON.parse(readFileSync(file, 'utf8')) as Record<string, unknown>);
}
