import { mkdirSync } from 'node:fs';
import { dirname, join } from 'node:path';
import type { Instance } from './instance.ts';
import { writeFileAtomically } from './system/files.ts';

export function ambassadorConfigFile({ dir }: Pick<Instance, 'dir'>): string {
  return join(dir, 'config', 'ambassador.yaml');
}

/** Where the ambassador listens for order, and what it calls. Everything that is not said has its default. */
export function ambassadorConfig({ of }: Instance['ports']): string {
  return `# Written by ./souk up. The ambassador takes a change at once, without a restart; the next up writes it anew.
upstreams:
  payment:
    listen: 127.0.0.1:${of.ambassador}
    url: http://127.0.0.1:${of.payment}
    timeoutMs: 3000
    retry: { attempts: 2, baseDelayMs: 100, maxDelayMs: 1000 }
`;
}

export function writeAmbassadorConfig(instance: Instance): void {
  const file = ambassadorConfigFile(instance);
  mkdirSync(dirname(file), { recursive: true, mode: 0o755 });
  writeFileAtomically(file, ambassadorConfig(instance.ports));
}
