import { randomUUID } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import { command } from '../../tools/chaos/src/stores/command.ts';
import { waitFor } from '../../tools/cli/src/shop/wait-for.ts';
import type { Provocation } from './trial.ts';

const WITHIN_MS = 30_000;

/** Customers who are not sure that they were heard, and ask again with the same key. */
export const askedAgain: Provocation = {
  name: 'requests are sent again with their key',
  services: ['order'],
  run: async (_, round) => {
    const keys = Array.from({ length: 4 }, () => randomUUID());
    await Promise.all(keys.map((key) => round.place({ key })));
    await Promise.all([...keys, ...keys].map((key) => round.place({ key })));
  },
};

/** Payment has done as asked, and nobody has heard of it. */
export const lostAnswers: Provocation = {
  name: 'an answer of payment gets lost',
  services: ['order'],
  failpoints: 'agent.after-call=throw@2',
  run: async (_, round) => void (await round.placeMany(4)),
};

export const declines: Provocation = {
  name: 'cards are declined',
  services: ['order'],
  run: async (_, round) =>
    void (await round.placeMany(6, (index) => ({ card: index % 2 === 0 ? 'tok_declined' : 'tok_visa' }))),
};

/** Money and stock come back at the same time, and each is an event of the order. */
export const rush: Provocation = {
  name: 'paid orders are cancelled, their transactions take long',
  services: ['order'],
  // Whichever comes first, the other reads before it is committed.
  failpoints: 'order.before-commit=sleep:150,consumer.after-effect=sleep:150',
  run: async (_, round) => {
    const orderIds = await round.placeMany(8);
    await round.all(orderIds);
    await Promise.all(orderIds.map((orderId) => round.cancel(orderId)));
  },
};

/** Everybody wants the same product, and two processes sell it. */
export const hotSku: Provocation = {
  name: 'two inventories sell one product',
  services: ['inventory'],
  failpoints: 'inventory.before-commit=sleep:20,relay-unlocked.before-send=sleep:400@6',
  run: async (lab, round, setting) => {
    await lab.replica('inventory', setting);
    for (let wave = 0; wave < 3; wave++) await round.placeMany(20);
  },
};

/** What a coordinator has to say that was taken for dead and comes back. */
export const lateRelease: Provocation = {
  name: 'a release arrives long after the sale',
  services: ['inventory'],
  run: async (lab, round) => {
    const orderIds = await round.placeMany(3);
    await round.all(orderIds);
    const sku = round.products[0]?.sku ?? '';
    const messages = orderIds.map((orderId) =>
      command('release-reservation.v1', orderId, { orderId, lines: [{ sku, quantity: 1 }] }),
    );
    await lab.produce('inventory.commands.v1', ...messages);
    await sleep(1_000);
  },
};

/** The reservation runs out while its commit is on the way. */
export const lateCommit: Provocation = {
  name: 'a commit arrives after the reservation has expired',
  services: ['inventory'],
  run: async (lab, round) => {
    await lab.turn({ latencyMs: 2_000 });
    const orderIds = await round.placeMany(3);
    await round.all(orderIds, ({ status }) => status === 'stock-reserved');
    await lab.arm('inventory', 'consumer.before-begin=sleep:5000');
    await round.all(orderIds, ({ status }) => status === 'payment-authorised');
    await lab.sql('inventory', 'update reservations set expires_at = now() where order_id = any($1::uuid[])', [
      orderIds,
    ]);
    await waitFor('the reservations are swept', WITHIN_MS, async () => {
      const text = `select 1 from reservations where order_id = any($1::uuid[]) and state = 'live'`;
      return (await lab.sql('inventory', text, [orderIds])).length === 0;
    });
  },
};

/** The end comes when changes are committed, and their messages are in nobody's hands or in the wrong ones. */
export const diesWhileSending: Provocation = {
  name: 'order dies while it hands its messages over',
  services: ['order'],
  run: async (lab, round) => {
    const slow = [
      'order.after-commit=sleep:200',
      'relay.before-send=sleep:300',
      'relay-delete-first.before-send=sleep:300',
    ];
    await lab.arm('order', slow.join());
    const placing: Promise<unknown>[] = [];
    for (let index = 0; index < 16; index++) {
      placing.push(round.place());
      await sleep(40);
    }
    await lab.kill('order');
    await Promise.all(placing);
  },
};

/** The end comes when messages have been received, and their effects are not there yet. */
export const diesWhileHandling: Provocation = {
  name: 'inventory and order die while they handle messages',
  services: ['inventory', 'order'],
  run: async (lab, round) => {
    const placing: Promise<unknown>[] = [];
    for (let index = 0; index < 20; index++) {
      placing.push(round.place());
      await sleep(50);
      // Longer than it takes until offsets are committed.
      if (index === 5)
        for (const name of ['inventory', 'order'] as const) await lab.arm(name, 'consumer.after-inbox=sleep:2500');
    }
    await sleep(500);
    await lab.kill('inventory', 'order');
    await Promise.all(placing);
  },
};

export const deliveredAgain: Provocation = {
  name: 'all messages are delivered again',
  services: ['inventory'],
  run: async (lab, round, setting) => {
    const orderIds = await round.placeMany(4);
    await round.all(orderIds);
    await Promise.all(orderIds.slice(2).map((orderId) => round.cancel(orderId)));
    await lab.deliverAgain('inventory', ['inventory.commands.v1', 'order.events.v1'], setting);
  },
};

/** A message that nobody can handle comes before one of its key that matters, and before many of others. */
export const poison: Provocation = {
  name: 'a message always fails',
  services: ['inventory'],
  run: async (lab, round) => {
    await lab.turn({ latencyMs: 2_000 });
    const [first = ''] = await round.placeMany(1);
    await round.all([first], ({ status }) => status === 'stock-reserved');
    // Nothing was ever sold of it, so there is nothing to take back.
    const impossible = { orderId: first, lines: [{ sku: 'NEVER-SOLD', quantity: 1 }] };
    await lab.produce('inventory.commands.v1', command('return-stock.v1', first, impossible));
    await lab.turn({});
    await round.placeMany(6);
    await sleep(6_000);
    await round.observe('I12');
    await lab.discard([first]);
  },
};

/** What a saga waited for is gone, and so is who was waiting. */
export const forgottenWait: Provocation = {
  name: 'commands are lost, then order is started anew',
  services: ['order'],
  run: async (lab, round, setting) => {
    await lab.arm('order', 'relay.before-send=throw');
    const orderIds = await round.placeMany(3);
    const lose = `delete from outbox where topic = 'inventory.commands.v1' and key = any($1) returning id`;
    if ((await lab.sql('order', lose, [orderIds])).length !== orderIds.length) throw new Error('no command was lost');
    await lab.arm('order', '');
    // The saga asks again 30 s after it asked first: the longer this takes, the sooner the sound one is well again.
    await sleep(12_000);
    await lab.restart(['order'], setting);
  },
};

/** The leader of the supervisors is frozen until another one leads, and goes on where it was. */
export const frozenLeader: Provocation = {
  name: 'the leading supervisor sleeps through its end',
  services: ['order'],
  failpoints: 'supervisor.before-reclaim=sleep:2000',
  run: async (lab, round, setting) => {
    await round.all(await round.placeMany(2));
    await lab.replica('order', setting);
    await lab.freeze(await lab.pidOf('order'), 10_000);
    await sleep(14_000);
  },
};

/** Ids of outbox rows are drawn long before they can be seen. */
export const heldTransactions: Provocation = {
  name: 'transactions overlap and take long',
  services: ['order'],
  run: async (lab, round) => {
    await lab.holdOutbox('order', 200);
    const placing: Promise<unknown>[] = [];
    for (let index = 0; index < 60; index++) {
      placing.push(round.place());
      await sleep(30);
    }
    await Promise.all(placing);
  },
};

/** The oldest event of an order comes once more, after the newest. */
export const lateEvent: Provocation = {
  name: 'an old event of an order comes again',
  services: ['order-query'],
  run: async (lab, round) => {
    const [orderId = ''] = await round.placeMany(1);
    await round.all([orderId]);
    const order = await round.read(orderId);
    const { records } = await lab.topics.look({ orders: [], reservations: [] });
    const first = records.find(({ key, type }) => key === orderId && type === 'order.placed.v1');
    if (first === undefined || order === undefined) throw new Error('the order was not heard of');
    const message = command('order.placed.v1', orderId, { ...order, status: 'placed', version: 1 });
    const headers = { ...message.headers, ce_id: first.id, ce_aggregateversion: '1' };
    await lab.produce('order.events.v1', { ...message, headers });
    await sleep(1_000);
  },
};
