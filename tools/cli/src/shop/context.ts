import { CliError } from '../errors.ts';
import { openInstance } from '../instance.ts';
import type { Instance } from '../instance.ts';
import { serviceUrl } from '../shop-processes.ts';
import { soukCommand } from '../souk-command.ts';
import { readUrls } from '../urls.ts';
import { tokensOf } from './token.ts';
import type { Tokens } from './token.ts';

/** A running shop, for commands that use it from outside. */
export interface ShopContext {
  /** Name of the instance. */
  readonly instance: string;
  readonly gatewayUrl: string;
  /** Gives a token that the gateway takes for a user. */
  readonly token: Tokens;
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
  const { name } = instance;
  const token = tokensOf({ url: serviceUrl(instance, 'identity'), instance: name });
  return { instance: name, gatewayUrl: urls.GATEWAY_URL ?? '', token, urls };
}
