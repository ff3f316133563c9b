import type { ProductPageView } from '@souk/contracts';
import { CliError } from '../../errors.ts';
import { soukCommand } from '../../souk-command.ts';
import { ask } from '../../supervisor/launch.ts';
import { waitReady } from '../../supervisor/wait.ts';
import type { Chapter, Stage } from '../chapter.ts';

const VICTIM = 'inventory';
const BACK_WITHIN_MS = 60_000;

export const kill: Chapter = {
  id: 'kill',
  title: `Kill ${VICTIM}`,
  about: [
    `${VICTIM} dies by kill -9. Pages go on without the stock, or with the last they knew, and orders are still taken.`,
    'What it has to do waits in Kafka; the supervisor starts it again, and the order goes on where it was.',
  ],
  async play(stage) {
    const { shop, say, run } = stage;
    const [product] = await shop.pair('Books');
    run(`kill -9 <pid of ${VICTIM}>; ${soukCommand(shop.instance.name, 'status')}`);
    const pid = await pidOf(stage);
    process.kill(pid, 'SIGKILL');
    const killedAt = performance.now();
    try {
      const { orderId } = await shop.place({ product, quantity: 1 });
      say(`process ${pid} is gone; order ${orderId} was accepted ${since(killedAt)} later`);
      const page = await shop.api.expect<ProductPageView>([200], 'GET', `/api/pages/product/${product.productId}`);
      const missing = page.missing.map(({ part, reason }) => `${part} (${reason})`).join(', ');
      const aged = (page.aged ?? []).map(({ part, reason, ageSeconds }) => `${part} (${reason}, ${ageSeconds} s old)`);
      const gaps = [...(missing === '' ? [] : [`missing: ${missing}`]), ...aged.map((one) => `as it last was: ${one}`)];
      say(gaps.length === 0 ? 'the page is whole already' : `the page is there; ${gaps.join('; ')}`);
      await shop.ends(orderId, 'confirmed');
      say(`confirmed ${since(killedAt)} after the kill`);
      return { orderId, killed: VICTIM, confirmedAfterMs: Math.round(performance.now() - killedAt), missing };
    } finally {
      // However this ends, the tour leaves no broken shop behind.
      await waitReady(shop.instance, [VICTIM], BACK_WITHIN_MS);
      say(`${VICTIM} is ready again ${since(killedAt)} after the kill`);
    }
  },
};

const since = (start: number): string => `${((performance.now() - start) / 1_000).toFixed(1)} s`;

async function pidOf({ shop }: Stage): Promise<number> {
  const processes = (await ask(shop.instance, { op: 'status' }))?.processes ?? [];
  const pid = processes.find(({ name }) => name === VICTIM)?.pid;
  if (typeof pid === 'number') return pid;
  const fix = soukCommand(shop.instance.name, `restart ${VICTIM}`);
  throw new CliError(`there is no process of ${VICTIM} to kill`, 'the supervisor names none', fix);
}
