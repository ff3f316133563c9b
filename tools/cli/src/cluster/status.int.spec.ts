import { spawnSync } from 'node:child_process';
import { chmodSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { delimiter, join } from 'node:path';
import { stripVTControlCharacters } from 'node:util';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { REPO_ROOT } from '../home.ts';
import { aPod, aWorkload, labels } from './cluster.mother.ts';

const DENIED = 'secrets is forbidden: User "viewer" cannot list resource "secrets"';
const PUBLIC = {
  metadata: { name: 'gateway-public', labels: labels('gateway') },
  spec: { type: 'NodePort', ports: [{ port: 80, nodePort: 1 }] },
};
let dir: string;

beforeEach(() => {
  dir = mkdtempSync(join(tmpdir(), 'souk-status-'));
});
afterEach(() => rmSync(dir, { recursive: true }));

/** A cluster as kubectl and helm show it, with one healthy workload; `identity` and `releases` are shell commands. */
function aCluster({
  services = [],
  identity,
  releases,
}: {
  services?: object[];
  identity: string;
  releases: string;
}): void {
  writeFileSync(join(dir, 'seen.json'), JSON.stringify({ items: [aWorkload('order'), aPod()] }));
  const scripts = {
    kubectl: `case "$*" in
      *'get --raw /version') echo '{}' ;;
      *'get pods,deployments'*) cat ${dir}/seen.json ;;
      *'get service/identity'*) echo service/identity ;;
      *'port-forward'*'service/identity'*) ${identity} ;;
      *'get services'*) echo '${JSON.stringify({ items: services })}' ;;
      *'get nodes'*) echo '{"items":[]}' ;;
      *) echo "not expected: $*" >&2; exit 1 ;;
    esac`,
    helm: `case "$*" in version*) echo v4.0.4 ;; list*) ${releases} ;; esac`,
  };
  for (const [name, script] of Object.entries(scripts)) {
    writeFileSync(join(dir, name), `#!/bin/sh\n${script}\n`);
    chmodSync(join(dir, name), 0o755);
  }
}

/** The real command as people run it, with those tools first on PATH. */
function status() {
  const { stdout, status: exit } = spawnSync(
    process.execPath,
    [join(REPO_ROOT, 'tools/cli/src/main.ts'), 'status', '--on', 'current', '--context', 'lab', '--json'],
    {
      encoding: 'utf8',
      env: {
        ...process.env,
        PATH: `${dir}${delimiter}${process.env.PATH}`,
        SOUK_HOME: join(dir, 'home'),
        SOUK_HELM: join(dir, 'helm'),
      },
    },
  );
  const result: unknown = JSON.parse(stdout.trimEnd().split('\n').at(-1) ?? '');
  return { printed: stripVTControlCharacters(stdout), exit, result };
}

describe('souk status --on', () => {
  it('tells a viewer, who may read no Secret and forward no port, all the rest', () => {
    const refuse = `echo 'Error: ${DENIED}' >&2; exit 1`;
    aCluster({ services: [PUBLIC], identity: refuse, releases: refuse });
    const { printed, exit, result } = status();
    expect(exit).toBe(0);
    const order = expect.objectContaining({ name: 'order', ready: 1 });
    expect(result).toMatchObject({ status: 'ok', healthy: true, releases: null, workloads: [order], urls: {} });
    expect(printed).toContain(`releases not visible: Error: ${DENIED}`);
    expect(printed).toContain('gateway: not looked for: no token by which it is known');
  });

  it('asks for no token where no port of a node leads to the gateway, and leaves nothing on this machine', () => {
    const release = '[{"name":"souk","revision":"3","status":"deployed"}]';
    aCluster({ identity: 'exit 1', releases: `echo '${release}'` });
    const { printed, exit, result } = status();
    expect(exit).toBe(0);
    expect(result).toMatchObject({ status: 'ok', releases: JSON.parse(release) });
    expect(printed).toContain('release souk: revision 3, deployed');
    expect(printed).toContain('gateway: no port of a node is reachable from here');
    expect(readdirSync(dir).sort()).toEqual(['helm', 'kubectl', 'seen.json']);
  });
});
