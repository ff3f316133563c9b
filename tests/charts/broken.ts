import { expect } from '@jest/globals';
import type { Manifest } from './manifests.ts';

/** The same objects with one text in them replaced; it must be there. */
export function broken(manifests: readonly Manifest[], from: string | RegExp, to: string): Manifest[] {
  const text = JSON.stringify(manifests);
  const changed = text.replace(from, to);
  expect(changed).not.toBe(text);
  return JSON.parse(changed) as Manifest[];
}
