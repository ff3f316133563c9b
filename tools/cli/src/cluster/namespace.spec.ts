import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from '@jest/globals';
import { parseAllDocuments } from 'yaml';
import { REPO_ROOT } from '../home.ts';
import { MADE_BY_US, namespaceManifests, ownership } from './namespace.ts';
import type { Meta } from './objects.ts';

const text = readFileSync(join(REPO_ROOT, 'k8s/namespace.yaml'), 'utf8');
const manifests = (madeByUs: boolean) =>
  parseAllDocuments(namespaceManifests(text, 'shop', madeByUs)).map(
    (one) => one.toJS() as { kind: string; metadata: Meta },
  );

describe('the namespace of a shop', () => {
  it('is k8s/namespace.yaml under another name', () => {
    const [namespace, ...others] = manifests(true);
    expect(namespace).toMatchObject({
      kind: 'Namespace',
      metadata: { name: 'shop', labels: { 'pod-security.kubernetes.io/enforce': 'restricted' } },
    });
    expect(others.map(({ kind }) => kind)).toEqual(expect.arrayContaining(['NetworkPolicy', 'ResourceQuota']));
    expect(new Set(others.map(({ metadata }) => metadata.namespace))).toEqual(new Set(['shop']));
  });

  it('says who made it, so that only then down deletes it', () => {
    expect(ownership(manifests(true)[0])).toBe('ours');
    expect(ownership(manifests(false)[0])).toBe('given');
  });

  it('is nobody else’s', () => {
    expect(ownership({ metadata: { name: 'default' } })).toBe('foreign');
    expect(ownership(undefined)).toBe('absent');
    expect(ownership({ metadata: { name: 'x', annotations: { [MADE_BY_US]: 'souk-cli' } } })).toBe('ours');
  });
});
