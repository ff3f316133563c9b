export type Action =
  { readonly kind: 'crash' } | { readonly kind: 'throw' } | { readonly kind: 'sleep'; readonly ms: number };

/** One entry of a setting: what a point does, and at which hit (counted from 1; undefined is every hit). */
export interface Arming {
  readonly name: string;
  readonly action: Action;
  readonly atHit: number | undefined;
}

/** Enables the points of a process without arming any: they are counted, and can be armed while it runs. */
const ON = 'on';

/**
 * Reads `name=crash|throw|sleep:MS[@HIT]`, comma separated; '' and 'on' name no point.
 * @throws Error when the text cannot be understood
 */
export function parseSpec(spec: string): Arming[] {
  const entries = spec.split(',').map((entry) => entry.trim());
  return entries.filter((entry) => entry !== '' && entry !== ON).map(parseEntry);
}

/** As it is written in a setting. */
export function describeArming({ action, atHit }: Arming): string {
  const verb = action.kind === 'sleep' ? `sleep:${action.ms}` : action.kind;
  return atHit === undefined ? verb : `${verb}@${atHit}`;
}

function parseEntry(entry: string): Arming {
  const match = /^([a-z0-9.-]+)=(crash|throw|sleep:(\d+))(?:@(\d+))?$/.exec(entry);
  const [, name, verb, ms, hit] = match ?? [];
  if (name === undefined || verb === undefined) {
    throw new Error(
      `Failpoint "${entry}" is not understood; write name=crash, name=throw or name=sleep:MS, each with @HIT if wanted`,
    );
  }
  const action: Action =
    ms !== undefined ? { kind: 'sleep', ms: Number(ms) } : { kind: verb === 'crash' ? 'crash' : 'throw' };
  return { name, action, atHit: hit === undefined ? undefined : Number(hit) };
}
