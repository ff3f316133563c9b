import { existsSync, mkdirSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterEach, beforeAll, describe, expect, it } from '@jest/globals';
import type { Fault } from '../../tools/chaos/src/faults/fault.ts';
import { faultOf } from '../../tools/chaos/src/faults/fault-of.mother.ts';
import { marked, markOf } from '../../tools/chaos/src/faults/marks.ts';
import { journalOf } from '../../tools/chaos/src/run/undoing.ts';
import type { FileJournal } from '../../tools/chaos/src/run/file-journal.ts';
import { chaosFolder, forgetSpecs, rememberSpecs, specsNow } from '../../tools/chaos/src/target/before.ts';
import { HostTarget } from '../../tools/chaos/src/target/host.ts';
import { linkCounts } from '../../tools/chaos/src/target/link-proxy.ts';
import type { RunSetting } from '../../tools/chaos/src/target/target.ts';
import { waitFor } from '../../tools/cli/src/shop/wait-for.ts';
import { sameSpec } from '../../tools/cli/src/supervisor/process-spec.ts';
import { Regular } from '../crash/support/customer.ts';
import { INSTANCE } from '../crash/support/souk.ts';
import { drawn } from '../../tools/cli/src/testing/short-form.ts';

/** More than a page takes on a busy machine. */
const SLACK_MS = 150;

type Injecting = Parameters<Fault<unknown>['inject']>[0];

const LINKS = drawn(['gateway->catalog', 'order->kafka', 'order->postgres']);

/** In the short form one link is tried. */
function onLink(link: string, ...test: Parameters<typeof it>): void {
  if (LINKS.includes(link)) it(...test);
}

/** A shop with links taken, as the runner takes them. */
class Links {
  readonly target = HostTarget.open(INSTANCE);
  readonly journal: FileJournal = journalOf(this.target.instance, () => this.target);

  /** Puts the proxy on a link; answers how a toxic is put on it. */
  async take(link: string): Promise<(toxic: object) => Promise<void>> {
    mkdirSync(chaosFolder(this.target.instance), { recursive: true });
    rememberSpecs(this.target.instance);
    const settings = new Map<string, RunSetting>();
    const prepared = this.#injecting('prepare', (process, setting) => settings.set(process, setting));
    await faultOf('watch-link').read({ link }).prepare(prepared);
    for (const [process, setting] of settings) {
      const says = `start ${process} as before`;
      await this.journal.part('prepare').before({ undo: 'plain-process', with: { process }, says });
      await this.target.restart(process, setting);
    }
    return (toxic) => faultOf('network').read({ link, toxic }).inject(this.#injecting('toxic'));
  }

  async heal(): Promise<void> {
    await this.journal.undo((part) => part === 'toxic');
  }

  async giveBack(): Promise<void> {
    await this.journal.undo();
    forgetSpecs(this.target.instance);
  }

  count(link: string): Promise<{ requests: number; connections: number } | undefined> {
    return linkCounts(this.target.instance)(link);
  }

  #injecting(part: string, runWith: Injecting['runWith'] = () => undefined): Injecting {
    const { target } = this;
    const nothing = (): void => undefined;
    const until = new AbortController().signal;
    const journal = this.journal.part(part);
    const { dir: folder } = target.instance;
    const told = { background: nothing, note: nothing, count: nothing };
    return { target, journal, random: () => 0.5, runWith, until, folder, ...told };
  }
}

describe('the proxy on links of a shop', () => {
  let links: Links;
  let regular: Regular;

  beforeAll(async () => {
    links = new Links();
    regular = await Regular.open();
  }, 60_000);

  afterEach(() => links?.giveBack());

  let asked = 0;

  /** Milliseconds that a list of products takes, the best of a few; each is another one, so that no cache answers. */
  async function listMs(): Promise<number> {
    const times: number[] = [];
    for (let looked = 0; looked < 5; looked += 1) {
      const begun = performance.now();
      const { status } = await links.target.api.send('GET', `/api/products?pageSize=${(asked += 1)}`);
      expect(status).toBe(200);
      times.push(performance.now() - begun);
    }
    return Math.min(...times);
  }

  onLink(
    'gateway->catalog',
    'lets pages through, is 200 ms slower when told so, and is gone afterwards',
    async () => {
      const { instance } = links.target;
      const before = specsNow(instance);
      const poison = await links.take('gateway->catalog');
      const plain = await listMs();
      expect(plain).toBeLessThan(SLACK_MS);
      expect((await links.count('gateway->catalog'))?.requests).toBeGreaterThanOrEqual(5);
      await poison({ type: 'latency', latency: 200 });
      const slow = await listMs();
      expect(slow).toBeGreaterThanOrEqual(200);
      expect(slow).toBeLessThan(200 + SLACK_MS);
      await links.heal();
      expect(await listMs()).toBeLessThan(SLACK_MS);
      await links.giveBack();
      const after = specsNow(instance);
      for (const [name, spec] of before)
        expect([name, sameSpec(spec, after.get(name) ?? { ...spec, cwd: '' })]).toEqual([name, true]);
      expect(await listMs()).toBeLessThan(SLACK_MS);
      expect(await links.count('gateway->catalog')).toBeUndefined();
      expect(marked(markOf(INSTANCE, 'proxy'))).toEqual([]);
    },
    120_000,
  );

  onLink(
    'order->kafka',
    'keeps the clients of Kafka behind it: cut off, orders wait; healed, they are confirmed',
    async () => {
      const poison = await links.take('order->kafka');
      const first = await regular.order(1);
      expect(first && (await regular.finalStatus(first, '20s'))).toBe('confirmed');
      expect((await links.count('order->kafka'))?.requests).toBeGreaterThan(10);
      await poison({ type: 'down' });
      const second = await regular.order(2);
      if (second === undefined) throw new Error('the order was not taken');
      await sleep(3_000);
      expect(await regular.finalStatus(second, '0s')).toBeUndefined();
      await links.heal();
      const status = await waitFor('the order ends', 60_000, () => regular.finalStatus(second, '10s'));
      expect(status).toBe('confirmed');
    },
    180_000,
  );

  onLink(
    'order->postgres',
    'moves a process that is told of its database in a file, and leaves no copy of the password',
    async () => {
      await links.take('order->postgres');
      const orderId = await regular.order(3);
      expect(orderId && (await regular.finalStatus(orderId, '20s'))).toBe('confirmed');
      expect((await links.count('order->postgres'))?.connections).toBeGreaterThan(0);
      const folder = join(chaosFolder(links.target.instance), 'links');
      expect(readdirSync(folder)).toHaveLength(1);
      await links.giveBack();
      expect(existsSync(folder) ? readdirSync(folder) : []).toEqual([]);
    },
    120_000,
  );
});
