import { mkdtempSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Processes } from './gateway-processes.ts';
import { openRig, type Rig } from './gateway-rig.ts';
import type { Tools } from './gateway-tools.ts';

export interface BusyService {
  readonly port: number;
  /** So many requests at a time, the others wait. */
  readonly workers: number;
  /** How long each takes, in milliseconds. */
  readonly serviceMs: number;
}

/** Measures the gateway with these settings in front of a service that can do only so much; both end afterwards. */
export async function beforeBusyService<T>(
  tools: Tools,
  { port, workers, serviceMs }: BusyService,
  settings: Readonly<Record<string, unknown>>,
  measure: (rig: Rig) => Promise<T>,
): Promise<T> {
  const processes = new Processes(mkdtempSync(join(tmpdir(), 'souk-busy-')));
  const url = `http://127.0.0.1:${port}`;
  const script = join(import.meta.dirname, 'gateway-busy-service.ts');
  const args = [script, String(port), String(workers), String(serviceMs)];
  await processes.start({ name: 'busy', core: 'rest', command: process.execPath, args }, url);
  try {
    const rig = await openRig(tools, { proxies: ['gateway'], services: url, settings });
    try {
      return await measure(rig);
    } finally {
      await rig.close();
    }
  } finally {
    await processes.close();
  }
}
