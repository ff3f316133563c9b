import type { Door } from '../../support/door.ts';
import { send } from '../../support/send.ts';
import { bearer } from '../../support/tokens.ts';
import { inLanes } from '../lanes.ts';
import type { AttackReport } from '../report.ts';
import { ATTACKS } from './corpus.ts';

const LANES = 4;
/** Characters by which the value is still somebody's text: a name may be anything people write. */
const TEXTS = ATTACKS.filter((attack) => attack.length <= 100 && !attack.includes('\0'));

/** As the name of a product: text that comes back as it went in, escaped, and does nothing; or is refused. The products are retired again. */
export async function storeAttacks({ url, tokens }: Door): Promise<AttackReport> {
  const admin = bearer(await tokens.admin());
  const findings = await inLanes(TEXTS, LANES, async (text, index) => {
    const sku = `ABUSE-${Date.now().toString(36).toUpperCase()}-${index}`;
    const body = { sku, name: text, category: 'Abuse', price: { amount: 100, currency: 'EUR' } };
    const made = await send(url, '/api/admin/products', { method: 'POST', headers: admin, body });
    if (made.status === 400) return [];
    if (made.status !== 201) return [`${JSON.stringify(text)} as a name: answered ${made.status}`];
    const id = String(made.json['productId']);
    const read = await send(url, `/api/products/${id}`);
    await send(url, `/api/admin/products/${id}`, { method: 'DELETE', headers: admin });
    return read.json['name'] === text
      ? []
      : [`${JSON.stringify(text)} as a name came back as ${JSON.stringify(read.json['name'])}`];
  });
  return { inputs: TEXTS.length, findings: findings.flat() };
}
