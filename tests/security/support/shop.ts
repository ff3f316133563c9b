import { join } from 'node:path';
import { openInstance, type Instance } from '../../../tools/cli/src/instance.ts';
import { isShort } from '../../../tools/cli/src/testing/short-form.ts';
import { INSTANCE as OWN, soukOk } from '../../crash/support/souk.ts';

/** A shop that runs already, for whoever works on the suite: it is neither started nor deleted. */
const RUNNING = process.env.SOUK_SECURITY_INSTANCE;

/** The instance that is attacked: one of the suite's own, with ports and data that nobody else has. */
export const INSTANCE = RUNNING ?? OWN;

/** The short form looks at fewer of the generated cases; every kind of them is in it. */
export const IS_SHORT = isShort();

export async function openShop(): Promise<void> {
  if (RUNNING !== undefined) return;
  await soukOk('down', '--purge');
  await soukOk('up', '--infra', 'embedded', '--no-order');
}

export async function closeShop(): Promise<void> {
  if (RUNNING === undefined) await soukOk('down', '--purge');
}

export const instance = (): Instance => openInstance(INSTANCE);

/** Where the run leaves its table. */
export const reportFile = (name: string): string => join(instance().home, name);
