import type { Command } from 'commander';
import type { Site } from '../../../chaos/src/target/site.ts';
import { isOnCluster, withClusterOptions } from '../cluster/options.ts';
import type { ClusterOptions } from '../cluster/options.ts';
import { instanceCommand } from './options.ts';
import type { InstanceOptions } from './options.ts';

/** Which shop is broken: one of this machine, or one in a cluster. */
export interface SiteOptions extends InstanceOptions, ClusterOptions {}

export const siteCommand = (): Command => withClusterOptions(instanceCommand());

/** @throws CliError where there is no such cluster */
export async function siteOf(options: SiteOptions): Promise<Site> {
  if (!isOnCluster(options)) {
    const { hostSite } = await import('../../../chaos/src/target/host-site.ts');
    return hostSite(options.instance);
  }
  const { openCluster } = await import('../cluster/options.ts');
  const { k8sSite } = await import('../../../chaos/src/target/k8s/k8s-site.ts');
  return k8sSite(await openCluster(options));
}
