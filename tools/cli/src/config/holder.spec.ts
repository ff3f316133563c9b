import { describe, expect, it } from '@jest/globals';
import { holderOf } from './holder.ts';

const MANAGED_BY = 'app.kubernetes.io/managed-by';

describe('who puts back the text of a Secret', () => {
  it.each([
    ['a Secret of the charts', { labels: { [MANAGED_BY]: 'Helm', 'app.kubernetes.io/part-of': 'souk' } }, undefined],
    ['one that was made by hand', {}, undefined],
    [
      'one of External Secrets',
      { ownerReferences: [{ kind: 'ExternalSecret', name: 'postgres-order' }] },
      'ExternalSecret postgres-order',
    ],
    [
      'one that External Secrets fills, but does not own',
      { annotations: { 'reconcile.external-secrets.io/data-hash': 'a1' } },
      'External Secrets',
    ],
    [
      'a sealed one',
      { ownerReferences: [{ kind: 'SealedSecret', name: 'postgres-order' }] },
      'SealedSecret postgres-order',
    ],
    [
      'one of a chart that Argo CD renders',
      { labels: { [MANAGED_BY]: 'Helm' }, annotations: { 'argocd.argoproj.io/tracking-id': 'x' } },
      'Argo CD',
    ],
    ['one of Flux', { labels: { 'kustomize.toolkit.fluxcd.io/name': 'shop' } }, 'Flux'],
    [
      'one of a chart that Flux installs by Helm',
      { labels: { [MANAGED_BY]: 'Helm', 'helm.toolkit.fluxcd.io/name': 'infra' } },
      undefined,
    ],
    ['one of any other manager', { labels: { [MANAGED_BY]: 'terraform' } }, 'terraform'],
  ])('%s', (_title, meta, holder) => expect(holderOf(meta)).toBe(holder));
});
