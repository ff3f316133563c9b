import { describe, expect, it } from '@jest/globals';
import { cgroupVersion, inotifyIsEnough } from './judge-cluster.ts';

describe('what kind needs of a machine', () => {
  it('reads the cgroup version from the type of its file system', () => {
    expect(cgroupVersion(0x63677270)).toBe(2);
    expect(cgroupVersion(0x01021994)).toBe(1); // tmpfs, with one hierarchy a controller below
  });

  it.each([
    [{ instances: 512, watches: 65_536 }, true],
    [{ instances: 128, watches: 1_000_000 }, false],
    [{ instances: 8_192, watches: 8_192 }, false],
  ])('judges inotify limits %j as %s', (limits, enough) => expect(inotifyIsEnough(limits)).toBe(enough));
});
