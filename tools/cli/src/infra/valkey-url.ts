import { join } from 'node:path';
import type { Instance } from '../instance.ts';
import type { Probe } from '../supervisor/process-spec.ts';

/** Without the password, which is in the file `valkey` of the instance's secrets. */
export const ownValkeyUrl = ({ ports }: Pick<Instance, 'ports'>): string => `redis://127.0.0.1:${ports.of.valkey}`;

/** What a process is told about Valkey: nothing where there is none, and of our own where its password is. */
export function valkeyEnv(
  instance: Pick<Instance, 'ports' | 'secretsDir'>,
  url: string | undefined,
): Record<string, string> {
  if (url === undefined) return {};
  const ours = url === ownValkeyUrl(instance);
  return { VALKEY_URL: url, ...(ours && { VALKEY_PASSWORD_FILE: join(instance.secretsDir, 'valkey') }) };
}

/** A server that somebody else runs, as something that can be asked for its health. */
export function valkeyProbe(url: string): { host: string; probe: Probe } {
  const { hostname, port } = new URL(url);
  return { host: hostname, probe: { protocol: 'valkey', port: Number(port) || 6_379 } };
}
