import { describe, expect, it } from '@jest/globals';
import { openCluster } from '../../tools/cli/src/cluster/options.ts';
import { findHelms } from './helm.ts';
import { dryRunProfiles, PROFILES } from './profiles.ts';

describe('a cluster that is asked about every profile', () => {
  it('would take each object and each pod into a restricted namespace without a warning', async () => {
    const cluster = await openCluster({ on: 'current', namespace: 'souk-dry-run' });
    const [helm] = findHelms(process.env);
    if (helm === undefined) throw new Error('no helm: set SOUK_HELM, or put helm on PATH');
    const answers = dryRunProfiles(cluster, helm);
    const unknown = new Set(answers.flatMap(({ unknownKinds }) => unknownKinds));
    if (unknown.size > 0)
      console.log(`profiles: not asked about ${[...unknown].join(', ')}, which this cluster does not know`);
    expect(answers.filter(({ problems }) => problems.length > 0)).toEqual([]);
    expect(answers.map(({ profile, pods }) => [profile, pods > 3])).toEqual(PROFILES.map((profile) => [profile, true]));
  }, 180_000);
});
