import { Command, InvalidArgumentError } from 'commander';
import { withClusterOptions } from '../cluster/options.ts';
import { whoIAm } from '../config/author.ts';
import { changeSettings, replaceText, rollback } from '../config/change.ts';
import { readGiven } from '../config/files.ts';
import { withPlace } from '../config/open-place.ts';
import type { PlaceOptions } from '../config/open-place.ts';
import { reads } from '../config/reads.ts';
import { parseChange } from '../config/settings.ts';
import type { Change } from '../config/settings.ts';
import { get, history, list, status } from '../config/show.ts';
import type { Soak } from '../config/stage.ts';
import type { Desk } from '../config/write.ts';
import { runToExit } from '../output.ts';
import { loadContracts } from '../shop/contracts.ts';
import { instanceCommand, wholeNumber } from './options.ts';

interface ConfigOptions extends PlaceOptions {
  readonly json: boolean;
  readonly author?: string;
}
interface StageOptions extends ConfigOptions {
  readonly stage: boolean;
  readonly soak: number;
}
interface VersionOptions extends ConfigOptions {
  readonly to?: number;
  readonly show?: number;
}

type Answer = Promise<Record<string, unknown>>;

export function command(): Command {
  const program = new Command().addHelpText(
    'after',
    `
A running service follows its settings: a change is in force within seconds, and nothing is restarted. So does the gateway its routes.
  ./souk config list                             every setting and its value
  ./souk config get gateway                      what each replica has in force
  ./souk config set gateway.readOnly=true        checked first, then written, then waited for
  ./souk config set gateway.shedFloor=400 --stage   one process tries it for 30 s, then all have it, or none
  ./souk config unset gateway.readOnly           back to the default
  ./souk config set global.logLevel=debug        for all services that do not say otherwise
  ./souk config set 'global.locked=[logLevel]'   fixed there: no service may set its own
  ./souk config apply routes my-routes.yaml      another text for the whole
  ./souk config reads gateway                    which settings are used, how often and by whom
  ./souk config history gateway                  who changed what, and when
  ./souk config rollback gateway                 back to the version before`,
  );
  for (const one of [...readers(), ...writers()]) program.addCommand(one);
  return program;
}

const readers = (): Command[] => [
  subcommand('list', 'every setting with its value').action((options: ConfigOptions) =>
    run(options, ({ place, schemas }) => list(place, schemas)),
  ),
  subcommand('get', 'what every replica has in force')
    .argument('<name>', '<service>, <service>.<key>, global, environment, or routes')
    .action((name: string, options: ConfigOptions) => run(options, ({ place, schemas }) => get(place, schemas, name))),
  subcommand('status', 'which version every process has in force').action((options: ConfigOptions) =>
    run(options, ({ place, schemas }) => status(place, schemas)),
  ),
  subcommand('reads', 'which settings are used, how often and by whom')
    .argument('[service]', 'one service; without it, all')
    .action((service: string | undefined, options: ConfigOptions) =>
      run(options, ({ place, schemas }) => reads(place, schemas, service)),
    ),
  subcommand('history', 'who changed what, and when')
    .argument('<name>', '<service>, or routes')
    .option('--show <version>', 'this version with its text', wholeNumber)
    .action((name: string, options: VersionOptions) =>
      run(options, ({ place, schemas }) => history(place, schemas, name, options.show)),
    ),
];

const writers = (): Command[] => [
  staging('set', 'change settings of running services')
    .argument('<change...>', '<service>.<key>=<value>')
    .action((texts: string[], options: StageOptions) =>
      soaking(options, (soak) => run(options, (desk) => changeSettings(desk, texts.map(parseChange), soak))),
    ),
  staging('unset', 'go back to the default')
    .argument('<name...>', '<service>.<key>')
    .action((names: string[], options: StageOptions) =>
      soaking(options, (soak) => run(options, (desk) => changeSettings(desk, names.map(toUnset), soak))),
    ),
  staging('apply', 'put a whole text in the place of another')
    .argument('<name>', '<service>, or routes')
    .argument('<file>', 'a YAML file, - for the standard input')
    .action((name: string, file: string, options: StageOptions) =>
      soaking(options, (soak) =>
        run(options, (desk) => replaceText(desk, name, readGiven(file), `apply ${file}`, soak)),
      ),
    ),
  writer('rollback', 'go back to an earlier version, or take back what is only tried')
    .argument('<name>', '<service>, or routes')
    .option('--to <version>', 'which one, as ./souk config history numbers them', wholeNumber)
    .action((name: string, options: VersionOptions) => run(options, (desk) => rollback(desk, name, options.to))),
];

const toUnset = (name: string): Change => ({ ...parseChange(`${name}=`), value: undefined });

function subcommand(name: string, summary: string): Command {
  return withClusterOptions(instanceCommand()).name(name).description(summary).exitOverride();
}

function writer(name: string, summary: string): Command {
  return subcommand(name, summary).option('--author <name>', 'who changes it, for the history');
}

const SOAK_SECONDS = 30;
const MOST_SOAK_SECONDS = 86_400;

const staging = (name: string, summary: string): Command =>
  writer(name, summary)
    .option('--stage', 'one process first; all when it was well, or it is taken back', false)
    .option('--soak <seconds>', 'with --stage: how long that process is watched', soakSeconds, SOAK_SECONDS);

function soakSeconds(text: string): number {
  const seconds = wholeNumber(text);
  if (seconds >= 1 && seconds <= MOST_SOAK_SECONDS) return seconds;
  throw new InvalidArgumentError(`1 to ${MOST_SOAK_SECONDS} are possible`);
}

/** Runs the work with what it is to be tried by; an end by the keyboard or by a supervisor takes back what is under way. */
async function soaking({ stage, soak: seconds }: StageOptions, work: (soak?: Soak) => Promise<void>): Promise<void> {
  if (!stage) return work();
  const stopped = new AbortController();
  const stop = (): void => stopped.abort();
  process.on('SIGINT', stop).on('SIGTERM', stop);
  await work({ seconds, signal: stopped.signal }).finally(() => process.off('SIGINT', stop).off('SIGTERM', stop));
}

async function run(options: ConfigOptions, work: (desk: Desk) => Answer): Promise<void> {
  await runToExit(options.json, async () => {
    const { serviceSettings, sharedSettings, routeTable } = await loadContracts(options.instance);
    const author = options.author ?? whoIAm();
    const shared = { global: sharedSettings, environment: sharedSettings };
    const schemas = { ...serviceSettings, routes: routeTable, ...shared };
    return withPlace(options, (place) => work({ place, schemas, author }));
  });
}
