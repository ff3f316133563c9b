import { openInstance } from '../../../cli/src/instance.ts';
import { MARK, stateOf } from '../run/left-behind.ts';
import { forgetSpecs, rememberSpecs, shopId } from './before.ts';
import { HostTarget } from './host.ts';
import { linkCounts } from './link-proxy.ts';
import type { Site } from './site.ts';

/** A shop that `./souk up` has started on this machine. */
export function hostSite(instanceName: string): Site {
  const instance = openInstance(instanceName);
  const { name, dir } = instance;
  return {
    on: 'host',
    name,
    dir,
    remember: () => {
      // Nothing is written for a shop that may not be broken.
      HostTarget.open(name);
      rememberSpecs(instance);
      process.env[MARK] = shopId(instance);
    },
    forget: async () => forgetSpecs(instance),
    open: async () => {
      const target = HostTarget.open(name);
      return {
        target,
        state: () => stateOf(instance, target.context.urls),
        seen: () => target.seen(),
        links: linkCounts(instance),
        close: async () => undefined,
      };
    },
  };
}
