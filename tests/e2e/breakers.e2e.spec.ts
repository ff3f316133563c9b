import { beforeAll, describe, expect, it } from '@jest/globals';
import { breakerList, breakerView } from '@souk/contracts';
import { Shop } from './support/shop.ts';

const PATH = '/api/admin/breakers';
/** Streams and long polls of order-query: there are none. */
const UNUSED = 'order-query-waiting';
let shop: Shop;
let admin: string;
beforeAll(async () => {
  shop = await Shop.open();
  admin = await shop.token('admin');
});

describe('CB-9: operators', () => {
  it('see the circuits of the gateway and of the ambassador beside order', async () => {
    const { items, missing } = breakerList.parse(await shop.api.expect([200], 'GET', PATH, { token: admin }));
    const process = (name: string) => items.find((one) => one.name === name)?.process.split(' ')[0];
    expect([process('catalog'), process('payment'), missing]).toEqual(['gateway', 'ambassador', []]);
  });

  it('hold one open and let it go', async () => {
    const act = async (action: string) =>
      breakerView.parse(await shop.api.expect([200], 'POST', `${PATH}/${UNUSED}/${action}`, { token: admin }));
    expect(await act('force-open')).toMatchObject({ circuit: 'open', forced: 'open' });
    expect(await act('reset')).toMatchObject({ circuit: 'closed', forced: null });
  });

  it('reach through to the ambassador', async () => {
    const after = await shop.api.expect([200], 'POST', `${PATH}/payment/reset`, { token: admin });
    expect(breakerView.parse(after)).toMatchObject({ name: 'payment', circuit: 'closed' });
    await shop.api.expect([404], 'POST', `${PATH}/nobody/reset`, { token: admin });
  });
});
