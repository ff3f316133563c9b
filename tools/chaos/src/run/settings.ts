import type { RunSetting } from '../target/target.ts';

/** Variables that hold lists: what several faults want of them adds up. */
const LISTS = new Set(['SOUK_VARIANTS', 'SOUK_FAILPOINTS']);
/** Of failpoints: enabled, nothing armed. */
const ENABLED = 'on';

export type Settings = Readonly<Record<string, RunSetting>>;

/** How processes have to run for a run: what faults and the caller want of each, put together. */
export class SettingsInRun {
  readonly #of = new Map<string, Record<string, string>>();

  constructor(wanted: Settings = {}) {
    for (const [process, setting] of Object.entries(wanted)) this.add(process, setting);
  }

  /** @throws Error where a variable is to have two values */
  add(process: string, { env = {} }: RunSetting): void {
    const known = this.#of.get(process) ?? {};
    this.#of.set(process, known);
    for (const [name, value] of Object.entries(env)) {
      const other = known[name];
      if (other !== undefined && other !== value && !LISTS.has(name))
        throw new Error(`${process} cannot have ${name} both ${other} and ${value}`);
      known[name] = LISTS.has(name) ? joined([...(other ?? '').split(','), ...value.split(',')]) : value;
    }
  }

  entries(): (readonly [process: string, setting: RunSetting])[] {
    return [...this.#of].map(([process, env]) => [process, { env }] as const);
  }
}

function joined(parts: readonly string[]): string {
  const named = [...new Set(parts)].filter((part) => part !== '' && part !== ENABLED);
  return named.length > 0 ? named.join() : parts.includes(ENABLED) ? ENABLED : '';
}
