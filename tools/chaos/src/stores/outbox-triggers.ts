import { withSession } from './postgres.ts';

/** Services that have an outbox table. */
export const WITH_OUTBOX = ['order', 'inventory'] as const;
export type WithOutbox = (typeof WITH_OUTBOX)[number];

/** What a fault puts there, by its function. */
const FUNCTIONS = { hold: 'chaos_hold_outbox', loss: 'chaos_lose_outbox' } as const;
export type OutboxTrigger = keyof typeof FUNCTIONS;
export const OUTBOX_TRIGGERS = Object.keys(FUNCTIONS) as OutboxTrigger[];

/** Takes these out again, and nothing that another fault has put there; does nothing where they are not. */
export const dropStatement = (triggers: readonly OutboxTrigger[]): string =>
  triggers.map((one) => `drop function if exists ${FUNCTIONS[one]} cascade`).join('; ');

/** Statements pause for up to `ms` before they write outbox rows, and after: neither ids nor transactions are seen in their order. */
export function holdOutbox(ownerUrl: string, ms: number): Promise<unknown> {
  return withSession(ownerUrl, (client) =>
    client.query(
      `create function ${FUNCTIONS.hold}() returns trigger language plpgsql as
         $$ begin perform pg_sleep(random() * ${ms / 1_000}); return null; end $$;
       create trigger chaos_hold_before before insert on outbox for each statement execute function ${FUNCTIONS.hold}();
       create trigger chaos_hold_after after insert on outbox for each statement execute function ${FUNCTIONS.hold}()`,
    ),
  );
}

/** Rows for a topic are not written, though whoever writes them believes so: with this share of them, 0 to 1. */
export function loseOutbox(ownerUrl: string, topic: string, share: number): Promise<unknown> {
  return withSession(ownerUrl, (client) =>
    client.query(
      `create function ${FUNCTIONS.loss}() returns trigger language plpgsql as
         $$ begin if new.topic = ${client.escapeLiteral(topic)} and random() < ${share} then return null; end if; return new; end $$;
       create trigger chaos_lose before insert on outbox for each row execute function ${FUNCTIONS.loss}()`,
    ),
  );
}

/** Without one, those of all faults. */
export const dropTriggers = (ownerUrl: string, trigger?: OutboxTrigger): Promise<unknown> =>
  withSession(ownerUrl, (client) => client.query(dropStatement(trigger === undefined ? OUTBOX_TRIGGERS : [trigger])));
