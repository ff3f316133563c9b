import { execFile } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { REPO_ROOT } from '../home.ts';
import { MADE_BY_US } from './namespace.ts';

/** A cluster that knows one namespace with ConfigMaps, and writes down what it was asked. */
const KUBECTL = `#!/bin/sh
cd "$(dirname "$0")"
echo "$*" >> asked
case "$*" in
  *' delete --ignore-not-found '*) cp strangers.json things.json ;;
  *' delete namespace '*) : > namespace.json; echo '{"items":[]}' > things.json ;;
  *' get namespace '*) cat namespace.json ;;
  *' api-resources '*) echo configmaps ;;
  *' get configmaps '*) cat things.json ;;
  *) echo '{"items":[]}' ;;
esac
`;
const HELM = `#!/bin/sh
case "$1" in version) echo v3.19.5 ;; *) echo '[]' ;; esac
`;
const SOUK = { 'app.kubernetes.io/part-of': 'souk' };
const configMap = (name: string, labels = {}) => ({ kind: 'ConfigMap', metadata: { name, labels } });

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'souk-down-'));
  writeFileSync(join(folder, 'kubectl'), KUBECTL, { mode: 0o755 });
  writeFileSync(join(folder, 'helm'), HELM, { mode: 0o755 });
});
afterEach(() => rmSync(folder, { recursive: true }));

/** What `down` deleted in a namespace with an object of ours and perhaps one of somebody else's. */
async function deletedIn(namespace: object, stranger: boolean): Promise<string[]> {
  const list = (...items: object[]) => JSON.stringify({ items });
  const strangers = stranger ? [configMap('mine')] : [];
  writeFileSync(join(folder, 'namespace.json'), JSON.stringify({ metadata: { name: 'shop', ...namespace } }));
  writeFileSync(join(folder, 'strangers.json'), list(...strangers));
  writeFileSync(join(folder, 'things.json'), list(configMap('order', SOUK), ...strangers));
  const env = {
    ...process.env,
    PATH: `${folder}:${process.env.PATH}`,
    SOUK_HELM: join(folder, 'helm'),
    SOUK_HOME: join(folder, 'home'),
  };
  const args = ['down', '--on', 'current', '--context', 'test', '--namespace', 'shop'];
  await promisify(execFile)(process.execPath, [join(REPO_ROOT, 'tools/cli/src/main.ts'), ...args], { env });
  const asked = readFileSync(join(folder, 'asked'), 'utf8').split('\n');
  return asked.flatMap((line) => / delete (?:--\S+ )*(.*?)(?: --\S+)*$/.exec(line)?.[1] ?? []);
}

describe('down in a cluster', () => {
  const ours = { labels: SOUK, annotations: { [MADE_BY_US]: 'souk-cli' } };

  it('deletes the namespace that up made', async () => {
    expect(await deletedIn(ours, false)).toEqual(['configmap/order', 'namespace shop']);
  });

  it('keeps it with what somebody else has put there', async () => {
    expect(await deletedIn(ours, true)).toEqual(['configmap/order']);
  });

  it('keeps a namespace that it was given', async () => {
    expect(await deletedIn({ labels: SOUK }, false)).toEqual(['configmap/order']);
  });

  it('touches nothing in a namespace that is not for the shop', async () => {
    expect(await deletedIn({}, true)).toEqual([]);
  });
});
