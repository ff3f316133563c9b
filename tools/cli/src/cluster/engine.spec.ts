import { describe, expect, it } from '@jest/globals';
import { shown } from './argv.ts';
import { buildCommand, buildSecrets, ENGINES } from './engine.ts';

const input = {
  ref: 'localhost/souk/order:0.1.0-abc',
  root: '/repo',
  folder: 'services/order',
  version: '0.1.0-abc',
  secrets: ['id=ca,src=/ca.pem'],
  fresh: false,
};
const options = '--build-arg SERVICE=services/order --build-arg VERSION=0.1.0-abc --secret id=ca,src=/ca.pem';

describe('the command that builds an image', () => {
  it.each([
    ['docker', `docker build --tag localhost/souk/order:0.1.0-abc ${options} /repo`],
    ['podman', `podman build --tag localhost/souk/order:0.1.0-abc ${options} /repo`],
    ['buildah', `buildah build --layers --tag localhost/souk/order:0.1.0-abc ${options} /repo`],
  ] as const)('of %s', (kind, line) => expect(shown(buildCommand({ kind }, input))).toBe(line));

  it("calls a user's command with tag, folder and the options of docker build", () => {
    const engine = { kind: 'command', command: 'KEEP=1 ./builder --fast' } as const;
    expect(buildCommand(engine, input)).toEqual({
      command: '/bin/sh',
      args: ['-c', 'KEEP=1 ./builder --fast "$@"', 'souk', input.ref, '/repo', ...options.split(' ')],
    });
  });

  it('can build every layer anew', () => {
    expect(buildCommand({ kind: 'docker' }, { ...input, fresh: true }).args).toContain('--no-cache');
  });

  it('looks for docker, podman and buildah, in that order', () => {
    expect(ENGINES.map(({ kind }) => kind)).toEqual(['docker', 'podman', 'buildah']);
    expect(shown(ENGINES[0]?.asks ?? { command: '', args: [] })).toContain('Server.Version'); // a client alone builds nothing
  });
});

describe('build secrets', () => {
  const npmrc = (text?: string) => ({ path: '/home/me/.npmrc', text });

  it('are none on an ordinary machine', () => {
    expect(buildSecrets({ env: {}, npmrc: npmrc() })).toEqual([]);
    expect(buildSecrets({ env: {}, npmrc: npmrc('fund=false\nomit-lockfile-registry-resolved=true\n') })).toEqual([]);
  });

  it.each(['registry=https://npm.example/', '@acme:registry = https://x/', '//npm.example/:_authToken=abc'])(
    'hold an .npmrc with %s',
    (line) => {
      const secrets = buildSecrets({ env: {}, npmrc: npmrc(`fund=false\n${line}\n`) });
      expect(secrets).toEqual(['id=npmrc,src=/home/me/.npmrc']);
    },
  );

  it('hold a certificate authority of the network', () => {
    expect(buildSecrets({ env: { NODE_EXTRA_CA_CERTS: '/ca.pem' }, npmrc: npmrc() })).toEqual(['id=ca,src=/ca.pem']);
  });
});
