import { spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { delimiter, join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { labels } from './cluster.mother.ts';

/** A cluster with these Services, which notes what is forwarded. */
const kubectl = (services: readonly string[]) => `#!/bin/sh
case "$*" in
  *' get services '*) echo '${JSON.stringify({ items: services.map(service) })}' ;;
  *port-forward*) echo "$*" >> "$(dirname "$0")/forwarded"; echo 'Forwarding from 127.0.0.1:4321 -> 8080'; exec sleep 60 ;;
  *) echo "not expected: $*" >&2; exit 1 ;;
esac
`;
const service = (name: string) => ({
  metadata: { name, labels: labels(name) },
  spec: { type: 'ClusterIP', ports: [{ name: 'http', port: 8080 }] },
});
const OPEN = `
  import { openGateway } from ${JSON.stringify(join(import.meta.dirname, 'gateway.ts'))};
  const gateway = await openGateway({ context: 'lab', namespace: 'souk' }, async () => 'token');
  console.log(JSON.stringify(gateway));
  await gateway.close();
`;

let dir: string;
beforeEach(() => {
  dir = mkdtempSync(join(tmpdir(), 'souk-gateway-'));
});
afterEach(() => rmSync(dir, { recursive: true }));

/** What was opened, and which Service was forwarded for it. */
function openedIn(services: readonly string[]) {
  writeFileSync(join(dir, 'kubectl'), kubectl(services), { mode: 0o755 });
  const { stdout, stderr } = spawnSync(process.execPath, ['--input-type=module', '--eval', OPEN], {
    encoding: 'utf8',
    env: { ...process.env, PATH: `${dir}${delimiter}${process.env.PATH}` },
  });
  expect(stderr).toBe('');
  return {
    opened: JSON.parse(stdout),
    forwarded: /service\/\S+/.exec(readFileSync(join(dir, 'forwarded'), 'utf8'))?.[0],
  };
}

describe('the way into a cluster of whose ports this machine reaches none', () => {
  const forward = { url: 'http://127.0.0.1:4321', kind: 'port-forward' };

  it('leads to the gateway', () =>
    expect(openedIn(['gateway'])).toEqual({ opened: { ...forward, door: 'gateway' }, forwarded: 'service/gateway' }));

  it('GK-1 leads to the gatekeeper where there is one', () =>
    expect(openedIn(['gateway', 'gatekeeper'])).toEqual({
      opened: { ...forward, door: 'gatekeeper' },
      forwarded: 'service/gatekeeper',
    }));
});
