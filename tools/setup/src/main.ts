import { readFileSync } from 'node:fs';
import { describeError, errorLines } from '../../cli/src/errors.ts';
import { runProbe } from '../../cli/src/probe/run.ts';
import { parseTargets } from '../../cli/src/probe/targets.ts';
import { placeOrder, renderTimeline } from '../../cli/src/shop/place-order.ts';
import { seedShop } from '../../cli/src/shop/seed.ts';
import { tokensOf } from '../../cli/src/shop/token.ts';
import { required, wholeNumber } from './config.ts';
import { prepare } from './prepare.ts';

const WAIT_MS = 120_000;

/** The commands of the image: each is a Job or a test of the charts, and works from a terminal too. */
const COMMANDS: Readonly<Record<string, () => Promise<void>>> = {
  prepare: () =>
    prepare(
      {
        postgres: required(process.env, 'PG_URL', 'postgres://postgres:secret@postgres:5432/postgres'),
        kafka: required(process.env, 'KAFKA_URL', 'kafka:9092'),
        secretsDir: required(process.env, 'SECRETS_DIR', '/etc/souk/roles'),
      },
      WAIT_MS,
    ),
  order: async () => {
    const shop = {
      instance: 'cluster',
      gatewayUrl: required(process.env, 'GATEWAY_URL', 'http://gateway:8080'),
      token: tokensOf({
        url: required(process.env, 'IDENTITY_URL', 'http://identity:8080'),
        instance: 'cluster',
      }),
      urls: {},
    };
    const seeded = await seedShop(shop);
    console.log(`products: ${seeded.products}, new: ${seeded.created}`);
    const { orderId, orderStatus, timeline } = await placeOrder(shop);
    console.log(`order ${orderId} ${orderStatus}: ${renderTimeline(timeline)}`);
    if (orderStatus !== 'confirmed') process.exitCode = 1;
  },
  probe: async () => {
    const gatewayUrl = required(process.env, 'GATEWAY_URL', 'http://gateway:8080');
    const identityUrl = process.env.IDENTITY_URL;
    const { status, ...found } = await runProbe(
      {
        gatewayUrl,
        deep: parseTargets(required(process.env, 'PROBE_TARGETS', 'catalog=http://catalog-each:9090')),
        ready: {},
        key: firstLine(readFileSync(required(process.env, 'HEALTH_KEYS_FILE', '/etc/souk/health/keys'), 'utf8')),
      },
      {
        limits: {
          maxMs: wholeNumber(process.env, 'PROBE_MAX_MS', 3_000),
          maxDnsMs: 1_000,
          certDays: wholeNumber(process.env, 'PROBE_CERT_DAYS', 14),
        },
        ...(identityUrl !== undefined && {
          customer: { gatewayUrl, instance: 'cluster', token: tokensOf({ url: identityUrl, instance: 'cluster' }) },
        }),
        rounds: 1,
        everySeconds: 0,
        tell: (line) => console.log(line),
      },
    );
    console.log(JSON.stringify({ ...found, verdict: status, status: status === 'failed' ? 'failed' : 'ok' }));
    if (status === 'failed') process.exitCode = 1;
  },
};

const firstLine = (text: string): string => text.trim().split('\n')[0]?.trim() ?? '';

const command = COMMANDS[process.argv[2] ?? ''];
if (command === undefined) {
  console.error(`usage: main.ts ${Object.keys(COMMANDS).join('|')}`);
  process.exitCode = 2;
} else {
  await command().catch((error: unknown) => {
    console.error(errorLines(describeError(error)).join('\n'));
    process.exitCode = 1;
  });
}
