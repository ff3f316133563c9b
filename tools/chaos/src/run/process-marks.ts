import type { Mark, Sample } from './observations.ts';

/** What became of processes, by what was sampled of them: who stopped being ready, came back, or was started again. Pure. */
export function processMarks(samples: readonly Sample[]): Mark[] {
  return samples.slice(1).flatMap(({ at, series }, index) => {
    const before = samples[index]?.series ?? {};
    return Object.entries(series).flatMap(([name, value]): Mark[] => {
      const [, kind = '', process = ''] = /^(ready|restarts)\.(.+)$/.exec(name) ?? [];
      const text = change(kind, before[name], value);
      return text === undefined ? [] : [{ at, what: 'process', text: `${process} ${text}` }];
    });
  });
}

function change(kind: string, before: number | undefined, now: number): string | undefined {
  if (before === undefined || before === now) return undefined;
  if (kind === 'ready') return now === 0 ? 'is not ready' : 'is ready again';
  return kind === 'restarts' && now > before ? 'was started again by its supervisor' : undefined;
}
