import { CliError } from '../../errors.ts';
import { compareLedgers, verdict } from '../../shop/audit/checks.ts';
import { readLedgers } from '../../shop/audit/read-ledgers.ts';
import { leftAtRest, looksUntilSettled } from '../../shop/audit/settled.ts';
import { soukCommand } from '../../souk-command.ts';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Chapter } from '../chapter.ts';

const SETTLE_MS = 20_000;

export const audit: Chapter = {
  id: 'audit',
  title: 'Do the books agree?',
  about: [
    'Declined, cancelled, killed in between: now three ledgers, of stock, of money and of orders, are compared line by line.',
    'They are kept by three services that share nothing but events.',
  ],
  async play({ shop, say, run }) {
    run(soukCommand(shop.instance.name, 'audit'));
    const end = performance.now() + SETTLE_MS;
    const look = async () => compareLedgers(await readLedgers(shop.context.urls));
    const again = async () => performance.now() < end && (await sleep(1_000, true));
    const checks = leftAtRest(await looksUntilSettled(look, again)).map(verdict);
    const wrong = checks.filter(({ ok }) => !ok);
    const fix = soukCommand(shop.instance.name, 'audit');
    if (wrong.length > 0)
      throw new CliError('the ledgers differ', wrong.map(({ id, detail }) => `${id}: ${detail}`).join('; '), fix);
    say(`${checks.length} checks: stock, payments and orders agree`);
    return { checks: checks.length };
  },
};
