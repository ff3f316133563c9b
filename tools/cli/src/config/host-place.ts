import { createHash } from 'node:crypto';
import { rmSync } from 'node:fs';
import { join } from 'node:path';
import { CliError } from '../errors.ts';
import type { Instance } from '../instance.ts';
import { managementPortOf } from '../ports.ts';
import { soukCommand } from '../souk-command.ts';
import { readIfThere, writeFileAtomically } from '../system/files.ts';
import { readUrls } from '../urls.ts';
import { ensureSettings, historyFile, instancesIn, settingsFile } from './files.ts';
import type { Place, SecretContent } from './place.ts';

const ASK_WITHIN_MS = 2_000;

/** The file of an instance that stands for one part of a Secret of the charts. */
export function secretFile(secretsDir: string, secret: string, part: string): string {
  return join(secretsDir, part === 'uri' ? `${secret}.uri` : part);
}

/** Which files of the instance a Secret of the charts consists of. */
const PARTS: readonly { secret: RegExp; parts: (secret: string) => readonly string[] }[] = [
  { secret: /^gateway-keys$/, parts: () => ['internal-signing.jwk.json'] },
  { secret: /^identity-keys$/, parts: () => ['identity.jwks.json'] },
  { secret: /^postgres-roles$/, parts: () => ['order', 'inventory', 'payment'].flatMap(roleParts) },
  { secret: /^postgres-/, parts: () => ['uri'] },
];

const roleParts = (name: string) => [`postgres-${name}-app`, `postgres-${name}-app-b`, `postgres-${name}-retiring`];

export function hostPlace(instance: Instance): Place {
  const running = () => readUrls(instance);
  const readSecret = async (name: string): Promise<SecretContent> => {
    const names = PARTS.find(({ secret }) => secret.test(name))?.parts(name) ?? [];
    const parts = names.flatMap((part) => {
      const text = readIfThere(secretFile(instance.secretsDir, name, part));
      return text === undefined ? [] : [[part, text.trim()] as const];
    });
    return {
      parts: Object.fromEntries(parts),
      version: createHash('sha256').update(JSON.stringify(parts)).digest('hex'),
    };
  };
  return {
    title: `instance ${instance.name}`,
    readDocument: async ({ name, packaged }) => readIfThere(settingsFile(instance, name)) ?? packaged,
    writeDocument: async ({ name }, text) => {
      ensureSettings(instance);
      writeFileAtomically(settingsFile(instance, name), text);
    },
    removeDocument: async ({ name }) => rmSync(settingsFile(instance, name), { force: true }),
    instancesOf: async (service) => instancesIn(instance, service),
    readHistory: async ({ name }) => readIfThere(historyFile(instance, name)) ?? '',
    writeHistory: async ({ name }, text) => writeFileAtomically(historyFile(instance, name), text),
    readSecret,
    writeSecret: async (name, version, parts) => {
      if ((await readSecret(name)).version !== version) throw changedMeanwhile(name);
      for (const [part, text] of Object.entries(parts))
        writeFileAtomically(secretFile(instance.secretsDir, name, part), text, 0o600);
    },
    refresh: async () => undefined,
    ask: async (service, path) =>
      running() ? [{ replica: service, body: await askPort(managementPortOf(instance.ports, service), path) }] : [],
    withSuperuser: (work) => {
      const url = running()?.PG_URL;
      if (url) return work(url);
      throw new CliError(
        `the shop '${instance.name}' is not running`,
        'its database must be reached for this',
        soukCommand(instance.name, 'up'),
      );
    },
    close: async () => undefined,
  };
}

export function changedMeanwhile(what: string): CliError {
  return new CliError(`${what} was changed by somebody else just now`, 'two commands work on it', 'run this again');
}

async function askPort(port: number | null, path: string): Promise<unknown> {
  return port === null ? undefined : askUrl(`http://127.0.0.1:${port}`, path);
}

/** The JSON of an answer, or the text that it is; undefined when there is none within two seconds. */
export async function askUrl(base: string, path: string): Promise<unknown> {
  try {
    const answer = await fetch(`${base}${path}`, { signal: AbortSignal.timeout(ASK_WITHIN_MS) });
    if (!answer.ok) return undefined;
    return answer.headers.get('content-type')?.includes('json') ? await answer.json() : await answer.text();
  } catch {
    return undefined;
  }
}
