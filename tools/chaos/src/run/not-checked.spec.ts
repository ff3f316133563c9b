import { describe, expect, it } from '@jest/globals';
import { resultOf } from './not-checked.ts';

const empty = (id: string) => ({ id, what: 'x', compared: '0 orders', differences: [] });
const on = (mix: 'shop' | 'browse' | 'pages' | 'orders', invariants?: string[]) => ({
  load: { mix },
  ...(invariants && { invariants }),
});

describe('an invariant that has looked at nothing', () => {
  it('is not checked, and does not hold, where visitors order', () => {
    expect(resultOf(on('orders'), empty('I4'))).toEqual({
      id: 'I4',
      what: 'x',
      ok: false,
      detail: 'not checked: 0 orders',
      notChecked: true,
    });
    expect(resultOf(on('shop'), empty('I4')).ok).toBe(false);
  });

  it('may be so where nobody orders, and is shown', () =>
    expect(resultOf(on('browse'), empty('I4'))).toMatchObject({ ok: true, notChecked: true }));

  it.each([
    ['named by the experiment', on('browse', ['I4']), 'I4'],
    ['of stock, which is always there', on('pages'), 'I5'],
    ['of stock, which is always there', on('browse'), 'I6'],
  ])('does not hold where it is %s', (_, plan, id) => expect(resultOf(plan, empty(id)).ok).toBe(false));

  it('is none that has looked at ten, or that has found something', () => {
    expect(resultOf(on('browse'), { ...empty('I4'), compared: '10 orders' })).not.toHaveProperty('notChecked');
    const found = resultOf(on('browse'), { ...empty('I4'), differences: ['order o1 has no end'] });
    expect(found).toMatchObject({ ok: false, detail: 'order o1 has no end' });
  });
});
