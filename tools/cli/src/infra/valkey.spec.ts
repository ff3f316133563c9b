import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { openInstance } from '../instance.ts';
import { fetchValkey, packagesIn } from './valkey-binary.ts';
import { valkeyEnv, valkeyProbe } from './valkey-url.ts';
import { startValkey } from './valkey.ts';

describe('Valkey for an instance', () => {
  const { PATH: path } = process.env;
  let home: string;
  let told: string[];
  const report = { doing: () => undefined, result: (text: string) => void told.push(text) };

  beforeEach(() => {
    home = mkdtempSync(join(tmpdir(), 'souk-valkey-'));
    told = [];
  });
  afterEach(() => {
    process.env.PATH = path;
    rmSync(home, { recursive: true });
  });

  it('is told to processes with the file of its password where it is ours, as it is given else, and not at all where there is none', () => {
    const instance = openInstance('toy', 6_000);
    expect(valkeyEnv(instance, undefined)).toEqual({});
    expect(valkeyEnv(instance, 'rediss://:p@cache.local')).toEqual({ VALKEY_URL: 'rediss://:p@cache.local' });
    expect(valkeyEnv(instance, 'redis://127.0.0.1:25379')).toEqual({
      VALKEY_URL: 'redis://127.0.0.1:25379',
      VALKEY_PASSWORD_FILE: join(instance.secretsDir, 'valkey'),
    });
  });

  it('is asked where its URL says', () => {
    expect(valkeyProbe('redis://v:7000/1')).toEqual({ host: 'v', probe: { protocol: 'valkey', port: 7_000 } });
    expect(valkeyProbe('redis://v').probe.port).toBe(6_379);
  });

  it.each([
    ['redis://127.0.0.1:1', '127.0.0.1:1 does not answer yet'],
    ['no URL at all', 'VALKEY_URL is no URL'],
  ])('never keeps the shop from starting: %s', async (url, why) => {
    const provided = await startValkey(openInstance('toy', 6_000), { VALKEY_URL: url }, report);
    expect(provided.why).toBe(why);
    expect(told).toEqual([`none, limits and caches are per process: ${why}`]);
  });

  it('that is given and away may come back', async () => {
    const provided = await startValkey(openInstance('toy', 6_000), { VALKEY_URL: 'redis://127.0.0.1:1' }, report);
    expect(provided).toEqual({ url: 'redis://127.0.0.1:1', why: '127.0.0.1:1 does not answer yet' });
  });

  it('cannot be fetched without apt, and says so', async () => {
    process.env.PATH = home;
    await expect(fetchValkey(home, () => undefined)).rejects.toMatchObject({
      message: 'there is no Valkey here',
      why: 'neither valkey-server nor redis-server is on PATH',
    });
  });

  it('takes the packages that apt would install', () => {
    const uris = [
      "'http://packages.example/debian/pool/main/j/jemalloc/libjemalloc2_5.3.0-1_amd64.deb' libjemalloc2_5.3.0-1_amd64.deb 275000 MD5Sum:0f",
      "'http://packages.example/debian-security/redis-server_7.0.15-1%7edeb12u10_amd64.deb' redis-server_5%3a7.0.15_amd64.deb 73908 ",
      "'http://packages.example/x/libstdc++6_12.deb' libstdc++6_12.2.0-14_amd64.deb 1 ",
      '',
    ];
    expect(packagesIn(uris.join('\n'))).toEqual(['libjemalloc2', 'redis-server', 'libstdc++6']);
  });
});
