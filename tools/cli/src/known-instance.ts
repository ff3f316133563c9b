import { CliError } from './errors.ts';
import { type Instance, instanceExists, openInstance } from './instance.ts';
import { soukCommand } from './souk-command.ts';

/** One that was started here once: the ports of another name may be those of somebody else's shop. @throws CliError where it was never */
export function knownInstance(name: string): Instance {
  const instance = openInstance(name);
  if (instanceExists(instance)) return instance;
  throw new CliError(`there is no instance '${name}'`, 'it was never started here', soukCommand(name, 'up'));
}
