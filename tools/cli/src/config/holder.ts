import type { Meta } from '../cluster/objects.ts';

/** Keys of labels and annotations by which those are known who write an object again from a source of their own. */
const MARKS: readonly { readonly key: RegExp; readonly holder: string }[] = [
  { key: /^reconcile\.external-secrets\.io\//, holder: 'External Secrets' },
  { key: /^argocd\.argoproj\.io\/(tracking-id|instance)$/, holder: 'Argo CD' },
  { key: /^kustomize\.toolkit\.fluxcd\.io\//, holder: 'Flux' },
];

/** Who puts back the old text of a Secret that somebody else changes; Helm does not, the charts keep what they find. */
export function holderOf(meta: Pick<Meta, 'labels' | 'annotations' | 'ownerReferences'>): string | undefined {
  const { labels = {}, annotations = {}, ownerReferences = [] } = meta;
  const [owner] = ownerReferences;
  if (owner) return `${owner.kind} ${owner.name}`;
  const keys = [...Object.keys(labels), ...Object.keys(annotations)];
  const mark = MARKS.find(({ key }) => keys.some((one) => key.test(one)));
  if (mark) return mark.holder;
  const manager = labels['app.kubernetes.io/managed-by'];
  return manager === 'Helm' ? undefined : manager;
}
