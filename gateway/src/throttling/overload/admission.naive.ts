import { Admission, type Leave } from './admission.js';

const nothing = (): void => undefined;

/** Variant `shed-off`: everything is let in, and waits. */
export class OpenDoor extends Admission {
  readonly essentialOnly = false;

  enter(): Leave {
    return nothing;
  }
}
