import type { Toxic } from './toxics.ts';

/** A toxic on a link, with the name by which it is taken away. */
export interface NamedToxic {
  readonly name: string;
  readonly toxic: Toxic;
}
