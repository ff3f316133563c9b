import { describe, expect, it } from '@jest/globals';
import { whyNotRun } from './why-not-run.ts';

const BARE = { cluster: '', browser: undefined };
const BY_DEFAULT = { ci: false, named: false };
const NAMED = { ci: false, named: true };
const IN_CI = { ci: true, named: false };

describe('a tier that lacks what it needs', () => {
  it('has failed where it was named: nothing of it was shown', () => {
    expect(whyNotRun({ needsCluster: true }, NAMED, BARE)).toEqual({
      why: 'no cluster: name one by KUBECONFIG',
      isFailure: true,
    });
    expect(whyNotRun({ needsBrowser: true }, NAMED, BARE)).toMatchObject({ isFailure: true });
  });

  it('is left out with --ci where it is a cluster, which not every machine has', () => {
    expect(whyNotRun({ needsCluster: true }, IN_CI, BARE)).toEqual({ why: 'no cluster', isFailure: false });
    expect(whyNotRun({ needsCluster: true }, { ci: true, named: true }, BARE)).toMatchObject({ isFailure: false });
    expect(whyNotRun({ needsBrowser: true }, IN_CI, BARE)).toMatchObject({ isFailure: true });
  });

  it('is left out where nobody asked for it', () => {
    expect(whyNotRun({ needsBrowser: true }, BY_DEFAULT, BARE)).toMatchObject({ isFailure: false });
  });

  it('is not one that has it, or needs nothing', () => {
    const whole = { cluster: '/kubeconfig', browser: '/chromium' };
    expect(whyNotRun({ needsCluster: true, needsBrowser: true }, NAMED, whole)).toBeUndefined();
    expect(whyNotRun({}, NAMED, BARE)).toBeUndefined();
  });
});
