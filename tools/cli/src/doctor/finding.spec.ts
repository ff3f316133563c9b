import { describe, expect, it } from '@jest/globals';
import { blocking, missingPackages } from './finding.ts';
import type { Finding } from './finding.ts';

const finding = (change: Partial<Finding>): Finding => ({
  id: 'x',
  weight: 'required',
  ok: false,
  detail: '',
  fix: '',
  ...change,
});

describe('findings', () => {
  it('only required checks stop a start', () => {
    const findings = [
      finding({ id: 'jdk' }),
      finding({ id: 'clock', weight: 'advised' }),
      finding({ id: 'kind', weight: 'optional' }),
      finding({ id: 'disk', ok: true }),
    ];
    expect(blocking(findings).map((one) => one.id)).toEqual(['jdk']);
  });

  it('names each missing package once and none for optional tools', () => {
    const findings = [
      finding({ packages: ['maven', 'xz-utils'] }),
      finding({ packages: ['maven'] }),
      finding({ weight: 'optional', packages: ['docker.io'] }),
    ];
    expect(missingPackages(findings)).toEqual(['maven', 'xz-utils']);
  });
});
