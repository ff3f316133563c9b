import { describe, expect, it } from '@jest/globals';
import { shown } from './argv.ts';
import { isListed, kind, kindClusterOf, kindUp } from './kind.ts';

/** No kind runs in these tests: what is asked of it is held here as command lines. */
describe('kind, as command lines', () => {
  it('makes the cluster of k8s/kind.yaml and its context', () => {
    expect(kindUp('/repo', false).map(shown)).toEqual([
      'kind create cluster --name souk --config /repo/k8s/kind.yaml --wait 300s',
      'kind export kubeconfig --name souk',
    ]);
  });

  it('keeps a cluster that is there', () => {
    expect(kindUp('/repo', true).map(shown)).toEqual(['kind export kubeconfig --name souk']);
  });

  it('asks for clusters and deletes ours alone', () => {
    expect(shown(kind.clusters())).toBe('kind get clusters');
    expect(shown(kind.remove())).toBe('kind delete cluster --name souk');
  });

  it('knows our cluster among others', () => {
    expect(isListed('kind\nsouk\n')).toBe(true);
    expect(isListed('souk-two\n')).toBe(false);
    expect(isListed('')).toBe(false);
  });

  it('knows its contexts', () => {
    expect(kindClusterOf('kind-shop')).toBe('shop');
    expect(kindClusterOf('minikube')).toBeUndefined();
  });
});
