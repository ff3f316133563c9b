import { spawnSync } from 'node:child_process';
import { chmodSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { delimiter, join } from 'node:path';
import { stripVTControlCharacters } from 'node:util';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { REPO_ROOT } from '../home.ts';
import { newKey } from '../secrets.ts';
import { aPod, aWorkload } from './cluster.mother.ts';

const DENIED = 'secrets is forbidden: User "viewer" cannot list resource "secrets"';
let dir: string;

beforeEach(() => {
  dir = mkdtempSync(join(tmpdir(), 'souk-status-'));
});
afterEach(() => rmSync(dir, { recursive: true }));

/** A cluster as kubectl and helm show it, with one healthy workload; `secret` and `releases` are shell commands. */
function aCluster({ secret, releases }: { secret: string; releases: string }): void {
  writeFileSync(join(dir, 'seen.json'), JSON.stringify({ items: [aWorkload('order'), aPod()] }));
  const scripts = {
    kubectl: `case "$*" in
      *'get --raw /version') echo '{}' ;;
      *'get pods,deployments'*) cat ${dir}/seen.json ;;
      *'get secret dev-issuer'*) ${secret} ;;
      *'get services'*) echo '{"items":[]}' ;;
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
  it('tells a viewer, who may read no Secret, all the rest', () => {
    const refuse = `echo 'Error: ${DENIED}' >&2; exit 1`;
    aCluster({ secret: refuse, releases: refuse });
    const { printed, exit, result } = status();
    expect(exit).toBe(0);
    const order = expect.objectContaining({ name: 'order', ready: 1 });
    expect(result).toMatchObject({ status: 'ok', healthy: true, releases: null, workloads: [order], urls: {} });
    expect(printed).toContain(`releases not visible: Error: ${DENIED}`);
    expect(printed).toContain('gateway: not looked for: the Secret dev-issuer, by which it is known, cannot be read');
  });

  it('leaves nothing of the keys of a shop on this machine', async () => {
    const key = Buffer.from(JSON.stringify((await newKey()).privateJwk)).toString('base64');
    const release = '[{"name":"souk","revision":"3","status":"deployed"}]';
    aCluster({ secret: `echo ${key}`, releases: `echo '${release}'` });
    const { printed, exit, result } = status();
    expect(exit).toBe(0);
    expect(result).toMatchObject({ status: 'ok', releases: JSON.parse(release) });
    expect(printed).toContain('release souk: revision 3, deployed');
    expect(printed).toContain('gateway: no port of a node is reachable from here');
    expect(readdirSync(dir).sort()).toEqual(['helm', 'kubectl', 'seen.json']);
  });
});
