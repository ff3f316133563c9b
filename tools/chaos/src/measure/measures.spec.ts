import { describe, expect, it } from '@jest/globals';
import { MEASURES } from './measures.ts';
import { seen } from './observations.mother.ts';

const of = (name: string) => {
  const found = MEASURES.find((one) => one.name === name);
  if (found === undefined) throw new Error(`there is no measure ${name}`);
  return found;
};

/** The least that each has to be told. */
const NEEDED: Readonly<Record<string, object>> = {
  metric: { process: 'order', metric: 'm', take: 'max' },
  link: { link: 'a->b', count: 'requests' },
  amplification: { link: 'a->b' },
  ready: { process: 'order' },
  restarts: { process: 'order' },
  memory: { process: 'order' },
  own: { series: 's' },
};

describe('the measures', () => {
  it('have names of their own', () => expect(new Set(MEASURES.map(({ name }) => name)).size).toBe(MEASURES.length));

  it.each(MEASURES.map(({ name }) => name))('%s gives no figure of a run in which nothing was seen', (name) => {
    const { parameters, figure } = of(name);
    const read = parameters.parse(NEEDED[name] ?? {}) as never;
    expect(figure(seen(), { from: 0, to: 1_000 }, read)).toBeUndefined();
  });

  it.each(MEASURES.map(({ name }) => name))('%s refuses what it does not know', (name) =>
    expect(of(name).parameters.safeParse({ ...NEEDED[name], atleast: 3 }).success).toBe(false),
  );

  it.each(Object.keys(NEEDED))('%s refuses to be told too little', (name) =>
    expect(of(name).parameters.safeParse({}).success).toBe(false),
  );

  it('take one class of visits or several', () => {
    const { parameters } = of('success');
    expect(parameters.parse({ visit: 'order' })).toEqual({ visit: ['order'] });
    expect(parameters.parse({ visit: ['order', 'cart'] })).toEqual({ visit: ['order', 'cart'] });
    expect(parameters.safeParse({ visit: 'checkout' }).success).toBe(false);
    expect(parameters.safeParse({ visit: [] }).success).toBe(false);
  });
});
