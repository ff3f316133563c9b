import { Command } from 'commander';
import { withClusterOptions } from '../cluster/options.ts';
import { everyReplica, inForce } from '../config/in-force.ts';
import { withPlace } from '../config/open-place.ts';
import type { PlaceOptions } from '../config/open-place.ts';
import type { Place } from '../config/place.ts';
import { editSettings, listSettings, parseChange, parseName, settingsHash } from '../config/settings.ts';
import type { Change, Schemas, SettingLine } from '../config/settings.ts';
import { Progress, runToExit } from '../output.ts';
import { loadContracts } from '../shop/contracts.ts';
import { instanceCommand } from './options.ts';

/** About two seconds, since the pods are touched; but how soon a kubelet renews a mount Kubernetes does not promise. */
const IN_FORCE_WITHIN_MS = 30_000;

interface ConfigOptions extends PlaceOptions {
  readonly json: boolean;
}

type Answer = Promise<Record<string, unknown>>;

export function command(): Command {
  const program = new Command().addHelpText(
    'after',
    `
A running service follows its settings: a change is in force within seconds, and nothing is restarted.
  ./souk config list                             every setting and its value
  ./souk config get gateway                      what each replica has in force
  ./souk config set gateway.readOnly=true        checked first, then written, then waited for
  ./souk config unset gateway.readOnly           back to the default`,
  );
  program.addCommand(
    subcommand('list', 'every setting with its value').action((options: ConfigOptions) => run(options, list)),
  );
  program.addCommand(
    subcommand('get', 'what every replica has in force')
      .argument('<name>', '<service> or <service>.<key>')
      .action((name: string, options: ConfigOptions) => run(options, (place, schemas) => get(place, schemas, name))),
  );
  program.addCommand(
    subcommand('set', 'change settings of running services')
      .argument('<change...>', '<service>.<key>=<value>')
      .action((texts: string[], options: ConfigOptions) =>
        run(options, (place, schemas) => change(place, schemas, texts.map(parseChange))),
      ),
  );
  program.addCommand(
    subcommand('unset', 'go back to the default')
      .argument('<name...>', '<service>.<key>')
      .action((names: string[], options: ConfigOptions) =>
        run(options, (place, schemas) => change(place, schemas, names.map(toUnset))),
      ),
  );
  return program;
}

function subcommand(name: string, summary: string): Command {
  return withClusterOptions(instanceCommand()).name(name).description(summary).exitOverride();
}

async function run(options: ConfigOptions, work: (place: Place, schemas: Schemas) => Answer): Promise<void> {
  await runToExit(options.json, async () => {
    const { serviceSettings } = await loadContracts(options.instance);
    return withPlace(options, (place) => work(place, serviceSettings));
  });
}

async function list(place: Place, schemas: Schemas): Answer {
  const services = Object.keys(schemas);
  const lines = (
    await Promise.all(services.map(async (one) => listSettings(schemas, one, await place.readSettings(one))))
  ).flat();
  for (const line of lines) console.log(rendered(line));
  return { settings: lines };
}

const rendered = ({ name, value, isDefault, description }: SettingLine): string =>
  `  ${name.padEnd(26)} ${`${value ?? '–'}${isDefault ? ' (default)' : ''}`.padEnd(18)} ${description}`;

async function get(place: Place, schemas: Schemas, name: string): Answer {
  const { service, key } = parseName(name);
  const text = await place.readSettings(service);
  const settings = listSettings(schemas, service, text).filter((line) => key === undefined || line.name === name);
  for (const line of settings) console.log(rendered(line));
  const replicas = await inForce(place, service, 'settings');
  for (const { replica, hash, lastError } of replicas) {
    const state = hash === settingsHash(text) ? 'has them in force' : (lastError ?? 'has others in force');
    console.log(`  ${replica}: ${hash === undefined ? 'does not answer' : state}`);
  }
  return { settings, hash: settingsHash(text), replicas };
}

const toUnset = (name: string): Change => ({ ...parseChange(`${name}=`), value: undefined });

async function change(place: Place, schemas: Schemas, changes: readonly Change[]): Answer {
  const services = [...new Set(changes.map(({ service }) => service))];
  // All are checked before the first is written.
  const edits = await Promise.all(
    services.map(async (service) => {
      const own = changes.filter((one) => one.service === service);
      return { service, text: editSettings(schemas, service, await textOf(place, schemas, service), own) };
    }),
  );
  const progress = new Progress();
  const results = [];
  for (const { service, text } of edits) results.push(await apply(place, service, text, progress));
  return { place: place.title, changed: results };
}

/** An unknown service is refused by its schema, before anything is asked for it. */
const textOf = async (place: Place, schemas: Schemas, service: string): Promise<string> =>
  Object.hasOwn(schemas, service) ? place.readSettings(service) : '';

function apply(place: Place, service: string, text: string, progress: Progress): Answer {
  return progress.step(`settings of ${service}`, async (report) => {
    const hash = settingsHash(text);
    const startedAt = performance.now();
    await place.writeSettings(service, text);
    await place.refresh(service);
    const { replicas } = await everyReplica(place, {
      service,
      name: 'settings',
      is: (state) => state.hash === hash,
      what: 'its settings',
      withinMs: IN_FORCE_WITHIN_MS,
    });
    const inForceAfterMs = Math.round(performance.now() - startedAt);
    report.result(
      replicas.length === 0
        ? 'written; nothing runs, so they count from the next start'
        : `in force on ${replicas.join(', ')} after ${(inForceAfterMs / 1_000).toFixed(1)} s, nothing was restarted`,
    );
    return { service, hash, replicas, inForceAfterMs };
  });
}
