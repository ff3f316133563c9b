import { randomBytes } from 'node:crypto';
import { join } from 'node:path';
import { Argument, Command } from 'commander';
import { isOnCluster, withClusterOptions } from '../cluster/options.ts';
import { withPlace } from '../config/open-place.ts';
import type { PlaceOptions } from '../config/open-place.ts';
import type { Place } from '../config/place.ts';
import { DATABASES } from '../infra/databases.ts';
import type { DatabaseName } from '../infra/databases.ts';
import { openInstance } from '../instance.ts';
import { Progress, runToExit } from '../output.ts';
import { rotateDatabase } from '../rotation/database.ts';
import { rememberLogins } from '../rotation/remember-logins.ts';
import { GATEWAY, IDENTITY, rotateSigningKey } from '../rotation/signing-key.ts';
import type { Signer } from '../rotation/signing-key.ts';
import { newKey } from '../secrets.ts';
import { withLock } from '../system/lock.ts';
import { instanceCommand, wholeNumber } from './options.ts';

interface RotateOptions extends PlaceOptions {
  readonly json: boolean;
}

interface KeyOptions extends RotateOptions {
  readonly retireAfter?: number;
  readonly wait: boolean;
}

export function command(): Command {
  const program = new Command().addHelpText(
    'after',
    `
Nothing is restarted and no request fails. A command that was interrupted is finished by running it again.
  ./souk rotate signing-key            the key by which services believe the gateway
  ./souk rotate identity-key           the key by which the gateway believes the identity simulator
  ./souk rotate database order         the password by which order reaches its database`,
  );
  program.addCommand(keyCommand('signing-key', GATEWAY, 'publish a new key, let it sign, retire the old one'));
  program.addCommand(keyCommand('identity-key', IDENTITY, 'the same for the identity simulator'));
  program.addCommand(
    subcommand('database', 'open the other login of a service with a new password, go over, lock the old one')
      .addArgument(new Argument('<service>', 'whose database').choices(DATABASES))
      .action((database: DatabaseName, options: RotateOptions) =>
        run(options, async (place, progress) => {
          const result = await rotateDatabase({ place, database, newPassword, step: plain(progress) });
          if (!isOnCluster(options)) rememberLogins(openInstance(options.instance));
          return { ...result };
        }),
      ),
  );
  return program;
}

function keyCommand(name: string, signer: Signer, summary: string): Command {
  const how = `how long tokens of the old key are honoured; else as long as they live, ${signer.tokenSeconds} s or what was set, and 10 s`;
  return subcommand(name, summary)
    .option('--retire-after <seconds>', how, wholeNumber)
    .option('--no-wait', 'end when the new key signs; run it again later to retire the old one')
    .action((options: KeyOptions) => run(options, (place, progress) => rotateKey(place, signer, progress, options)));
}

function subcommand(name: string, summary: string): Command {
  return withClusterOptions(instanceCommand()).name(name).description(summary).exitOverride();
}

async function run(
  options: RotateOptions,
  work: (place: Place, progress: Progress) => Promise<Record<string, unknown>>,
): Promise<void> {
  await runToExit(options.json, () =>
    withPlace(options, async (place) => {
      const startedAt = performance.now();
      const progress = new Progress();
      const result = await alone(options, progress, () => work(place, progress));
      const seconds = (performance.now() - startedAt) / 1_000;
      console.log(`  done in ${place.title} after ${seconds.toFixed(1)} s`);
      return { ...result, place: place.title, elapsedMs: Math.round(seconds * 1_000) };
    }),
  );
}

/** One rotation at a time on an instance; in a cluster the Secrets themselves refuse the second writer. */
function alone<T>(options: RotateOptions, progress: Progress, work: () => Promise<T>): Promise<T> {
  if (isOnCluster(options)) return work();
  const lock = join(openInstance(options.instance).dir, 'rotate.lock');
  return withLock(lock, work, (holder) => progress.line(`  waiting for another ./souk rotate (pid ${holder})`));
}

async function rotateKey(place: Place, signer: Signer, progress: Progress, { retireAfter, wait }: KeyOptions) {
  const result = await rotateSigningKey({
    place,
    signer,
    newKey: async () => (await newKey()).privateJwk,
    ...(retireAfter !== undefined && { retireAfterMs: retireAfter * 1_000 }),
    wait,
    now: Date.now,
    step: plain(progress),
  });
  if (result.retireAt !== undefined)
    progress.line(`  the old key is still published; run this again after ${result.retireAt} to retire it`);
  return { ...result };
}

const newPassword = (): string => randomBytes(24).toString('hex');

const plain =
  (progress: Progress) =>
  <T>(title: string, work: () => Promise<T>): Promise<T> =>
    progress.step(title, work);
