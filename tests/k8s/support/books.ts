import { setTimeout as sleep } from 'node:timers/promises';
import { forward, kubectl } from '../../../tools/cli/src/cluster/kubectl.ts';
import { compareLedgers, verdict } from '../../../tools/cli/src/shop/audit/checks.ts';
import { readLedgers } from '../../../tools/cli/src/shop/audit/read-ledgers.ts';
import { leftAtRest, looksUntilSettled } from '../../../tools/cli/src/shop/audit/settled.ts';
import { ref } from './cluster.ts';

const SETTLE_MS = 60_000;
const LEDGERS = ['order', 'inventory', 'payment'] as const;

/** What `./souk audit` finds, on the stores of the cluster: the checks that failed, and every order that there is. */
export async function auditCluster(): Promise<{ checks: number; wrong: object[]; orders: ReadonlySet<string> }> {
  const postgres = await forward(ref, 'pod/postgres-0', 5432);
  const mongo = await forward(ref, 'pod/mongodb-0', 27017);
  try {
    const urls = { ...(await ledgerUrls(new URL(postgres.url).port)), ...viewUrls(mongo.url) };
    const end = performance.now() + SETTLE_MS;
    let orders: ReadonlySet<string> = new Set();
    const look = async () => {
      const facts = await readLedgers(urls);
      orders = new Set(facts.orders.map(({ orderId }) => orderId));
      return compareLedgers(facts);
    };
    const again = async () => performance.now() < end && (await sleep(1_000, true));
    const verdicts = leftAtRest(await looksUntilSettled(look, again)).map(verdict);
    return { checks: verdicts.length, wrong: verdicts.filter(({ ok }) => !ok), orders };
  } finally {
    await Promise.all([postgres.close(), mongo.close()]);
  }
}

/** With these the views of order-query are compared as well. */
const viewUrls = (mongoUrl: string): Record<string, string> => ({
  MONGO_URL: mongoUrl.replace('http:', 'mongodb:'),
  ORDER_QUERY_URL: 'http://order-query:8080',
});

async function ledgerUrls(port: string): Promise<Record<string, string>> {
  const { data } = JSON.parse(await kubectl(ref, ['get', 'secret', 'postgres-roles', '--output', 'json'])) as {
    data: Record<string, string>;
  };
  const urlOf = (name: string): [string, string] => {
    const password = Buffer.from(data[`postgres-${name}-read`] ?? '', 'base64').toString('utf8');
    return [
      `${name.toUpperCase()}_READ_DATABASE_URL`,
      `postgres://${name}_read:${password}@127.0.0.1:${port}/souk_${name}`,
    ];
  };
  return Object.fromEntries(LEDGERS.map(urlOf));
}
