import { FAULTS, type FaultKind } from './faults.ts';

/** @throws Error where there is none of this kind */
export function faultOf(name: string): FaultKind {
  const found = FAULTS.find((fault) => fault.kind === name);
  if (found === undefined) {
    throw new Error(`there is no fault "${name}"; there are ${FAULTS.map((fault) => fault.kind).join(', ')}`);
  }
  return found;
}
