import { describeError, errorLines } from '../../cli/src/errors.ts';
import { placeOrder, renderTimeline } from '../../cli/src/shop/place-order.ts';
import { seedShop } from '../../cli/src/shop/seed.ts';
import { tokensOf } from '../../cli/src/shop/token.ts';
import { required } from './config.ts';
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
};

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
