import { findBrowser, HOW_TO_GET_A_BROWSER } from './find-browser.ts';
import type { Tier } from './tiers.ts';

/** How a run was asked for. */
export interface Wish {
  readonly ci: boolean;
  /** Its tiers were named, so somebody counts on them. */
  readonly named: boolean;
}

interface Lack {
  readonly why: string;
  readonly isFailure: boolean;
}

/** What of this machine a tier lacks. A browser is expected of a machine that runs them all, a cluster is not. */
export function whyNotRun(
  { needsCluster, needsBrowser }: Pick<Tier, 'needsCluster' | 'needsBrowser'>,
  { ci, named }: Wish,
  { cluster, browser }: Readonly<Record<'cluster' | 'browser', string | undefined>> = {
    cluster: process.env.KUBECONFIG,
    browser: findBrowser(),
  },
): Lack | undefined {
  if (needsCluster && !cluster) {
    const isFailure = named && !ci;
    return { why: isFailure ? 'no cluster: name one by KUBECONFIG' : 'no cluster', isFailure };
  }
  if (needsBrowser && !browser) return { why: HOW_TO_GET_A_BROWSER, isFailure: named || ci };
  return undefined;
}
