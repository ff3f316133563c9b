import { CliError } from '../errors.ts';
import { openInstance } from '../instance.ts';
import type { Instance } from '../instance.ts';
import { soukCommand } from '../souk-command.ts';
import { readUrls } from '../urls.ts';

/** A running shop, for commands that use it from outside. */
export interface ShopContext {
  /** Name of the instance. */
  readonly instance: string;
  readonly gatewayUrl: string;
  /** Folder with the keys of the development issuer (names in secrets.ts). */
  readonly secretsDir: string;
  /** Everything in env.json: KAFKA_URL, PG_URL, MONGO_URL, GATEWAY_URL, ORDER_URL, ORDER_READ_DATABASE_URL … */
  readonly urls: Readonly<Record<string, string>>;
}

/** The shop of an instance that `up` started; a CliError if there is none. */
export function shopContext(instanceName: string): ShopContext {
  const instance = openInstance(instanceName);
  const urls = readUrls(instance);
  if (urls) return contextOf(instance, urls);
  throw new CliError(
    `the shop '${instanceName}' is not running`,
    `it was never started, or it was stopped with ${soukCommand(instanceName, 'down')}`,
    soukCommand(instanceName, 'up'),
  );
}

export function contextOf(instance: Instance, urls: Readonly<Record<string, string>>): ShopContext {
  return { instance: instance.name, gatewayUrl: urls.GATEWAY_URL ?? '', secretsDir: instance.secretsDir, urls };
}
