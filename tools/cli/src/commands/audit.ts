import type { Command } from 'commander';
import { setTimeout as sleep } from 'node:timers/promises';
import { styleText } from 'node:util';
import { runToExit } from '../output.ts';
import { agree, compareLedgers, verdict, type AuditCheck } from '../shop/audit/checks.ts';
import { compareTopics } from '../shop/audit/compare-topics.ts';
import { readLedgers } from '../shop/audit/read-ledgers.ts';
import { TopicAudit } from '../shop/audit/read-topics.ts';
import { leftAtWork, type Look, looksUntilSettled } from '../shop/audit/settled.ts';
import { shopContext } from '../shop/context.ts';
import { instanceCommand, wholeNumber } from './options.ts';
import type { InstanceOptions } from './options.ts';

const LOOK_EVERY_MS = 1_000;

interface AuditOptions extends InstanceOptions {
  readonly settle: number;
  readonly topics: boolean;
}

export function command(): Command {
  return instanceCommand()
    .option(
      '--settle <seconds>',
      'how long differences may take to settle: orders on their way make some',
      wholeNumber,
      20,
    )
    .option(
      '--topics',
      'also read the topics from their first message on: was everything sent, taken in, in order',
      false,
    )
    .addHelpText(
      'after',
      '\nThe ids (I3, I4 …) are explained in tools/cli/README.md under "Audit". Exit code 1 for a difference.',
    )
    .action((options: AuditOptions) => runToExit(options.json, () => audit(options)));
}

/** Looks again until everything agrees or the time to settle is over. The shop may be at work meanwhile: what is on its way is no difference. */
async function audit({ instance, settle, topics, json }: AuditOptions): Promise<Record<string, unknown>> {
  const { urls } = shopContext(instance);
  const log = topics ? await TopicAudit.open(urls) : undefined;
  const look = async (): Promise<Look> => {
    const facts = await readLedgers(urls);
    return [...compareLedgers(facts), ...(log ? compareTopics(await log.look(facts)) : [])];
  };
  const end = performance.now() + settle * 1_000;
  const again = async (): Promise<boolean> => performance.now() < end && (await sleep(LOOK_EVERY_MS, true));
  const comparisons = leftAtWork(await looksUntilSettled(look, again).finally(() => log?.close()));
  const checks = comparisons.map(verdict);
  if (!json) for (const line of render(checks)) console.log(line);
  return { checks, status: agree(comparisons) ? 'ok' : 'failed' };
}

/** `1 check found a difference`, `2 checks found differences` */
export function found(checks: number): string {
  return checks === 1 ? '1 check found a difference' : `${checks} checks found differences`;
}

function render(checks: readonly AuditCheck[]): string[] {
  const differences = checks.filter(({ ok }) => !ok).length;
  const lines = checks.map(({ id, what, ok, detail }) => {
    const mark = ok ? styleText('green', '✔') : styleText('red', '✖');
    return `  ${mark} ${id.padEnd(9)} ${what.padEnd(33)} ${detail}`;
  });
  return [...lines, differences === 0 ? '  stock, payments and orders agree' : `  ${found(differences)}`];
}
