import { join } from 'node:path';
import { describe, expect, it } from '@jest/globals';
import { refsOf, sbomOf, type Sbom } from './sbom.ts';

const root = join(import.meta.dirname, '..', '..', '..');
const whole: Sbom = {
  serialNumber: 'urn:uuid:1',
  metadata: { timestamp: '2026-01-01T00:00:00Z', component: { 'bom-ref': 'souk@0.1.0' } },
  components: ['pg@8.0.0', 'jest@30.0.0', '@souk/order@0.1.0', 'ajv@8.0.0'].map((ref) => ({
    'bom-ref': ref,
    scope: 'optional',
  })),
  dependencies: [
    { ref: 'pg@8.0.0', dependsOn: [] },
    { ref: '@souk/order@0.1.0', dependsOn: ['pg@8.0.0', 'jest@30.0.0', 'ajv@8.0.0'] },
    { ref: 'jest@30.0.0', dependsOn: ['ajv@8.0.0'] },
  ],
};
const packed = new Set(['@souk/order@0.1.0', 'pg@8.0.0', 'ajv@8.0.0']);

describe('the bill of materials of an image', () => {
  it('lists what is packed and nothing else, in order', () => {
    const { components, dependencies } = sbomOf(whole, '@souk/order@0.1.0', packed);
    expect(components).toEqual([
      { 'bom-ref': 'ajv@8.0.0', scope: 'required' },
      { 'bom-ref': 'pg@8.0.0', scope: 'required' },
    ]);
    expect(dependencies).toEqual([
      { ref: '@souk/order@0.1.0', dependsOn: ['ajv@8.0.0', 'pg@8.0.0'] },
      { ref: 'pg@8.0.0', dependsOn: [] },
    ]);
  });

  it('is about the deployable, and says nothing that differs from build to build', () => {
    const { metadata, ...rest } = sbomOf(whole, '@souk/order@0.1.0', packed);
    expect(metadata).toEqual({ component: { 'bom-ref': '@souk/order@0.1.0', scope: 'required' } });
    expect(rest).not.toHaveProperty('serialNumber');
  });

  it('refuses to leave out what is packed', () => {
    expect(() => sbomOf(whole, 'pg@8.0.0', new Set(['pg@8.0.0', 'left-pad@1.0.0']))).toThrow('left-pad@1.0.0');
  });

  it('asks for the packages of the image by name and version', () => {
    const { main, refs } = refsOf(root, 'gateway');
    expect(main).toBe('@souk/gateway@0.1.0');
    expect([refs.has(main), refs.has('@souk/http@0.1.0'), refs.size > 50]).toEqual([true, true, true]);
  });
});
