import { describe, expect, it } from '@jest/globals';
import { shown } from './argv.ts';
import { isRemote, loadCommands } from './loader.ts';
import type { LoadInput } from './loader.ts';

const input = (change: Partial<LoadInput>): LoadInput => ({
  engine: { kind: 'docker' },
  context: 'kind-souk',
  registry: 'localhost/souk',
  loader: undefined,
  refs: ['localhost/souk/order:1', 'localhost/souk/gateway:2'],
  scratch: '/state',
  ...change,
});
const lines = (change: Partial<LoadInput>) => loadCommands(input(change)).map(shown);

describe('bringing images into a cluster', () => {
  it('is one call of kind for all images of docker', () => {
    expect(lines({})).toEqual(['kind load docker-image --name souk localhost/souk/order:1 localhost/souk/gateway:2']);
  });

  it('goes through an archive where another engine built for kind', () => {
    const file = '/state/localhost_souk_order_1.tar';
    expect(lines({ engine: { kind: 'podman' }, refs: ['localhost/souk/order:1'] })).toEqual([
      `podman save --output ${file} localhost/souk/order:1`,
      `kind load image-archive --name souk ${file}`,
      `rm -f ${file}`,
    ]);
    expect(lines({ engine: { kind: 'buildah' }, refs: ['localhost/souk/order:1'] })[0]).toBe(
      `buildah push localhost/souk/order:1 docker-archive:${file}:localhost/souk/order:1`,
    );
  });

  it("is the user's loader, once an image, whatever the cluster", () => {
    const commands = loadCommands(input({ loader: 'minikube image load' }));
    expect(commands.map(({ args }) => args)).toEqual([
      ['-c', 'minikube image load "$@"', 'souk', 'localhost/souk/order:1'],
      ['-c', 'minikube image load "$@"', 'souk', 'localhost/souk/gateway:2'],
    ]);
  });

  it('is left to a builder that the user named', () => {
    expect(lines({ engine: { kind: 'command', command: 'x' } })).toEqual([]);
  });

  it('is a push where the registry is one', () => {
    const refs = ['registry.example/souk/order:1'];
    expect(lines({ context: 'prod', registry: 'registry.example/souk', refs })).toEqual([
      'docker push registry.example/souk/order:1',
    ]);
  });

  it('is nothing where the cluster runs what docker has', () => {
    expect(lines({ context: 'docker-desktop' })).toEqual([]);
  });

  it('says how else, where the cluster is not known', () => {
    expect(() => lines({ context: 'minikube' })).toThrow(/cannot be brought into the cluster of context 'minikube'/);
    expect(() => lines({ context: 'docker-desktop', engine: { kind: 'podman' } })).toThrow(/cannot be brought/);
  });

  it.each([
    ['ghcr.io/souk', true],
    ['localhost:5001/souk', true],
    ['localhost/souk', false],
    ['souk', false],
  ])('takes %s for a registry: %s', (registry, is) => expect(isRemote(registry)).toBe(is));
});
