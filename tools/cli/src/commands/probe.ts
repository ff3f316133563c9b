import { join } from 'node:path';
import type { Command } from 'commander';
import { CliError } from '../errors.ts';
import { openInstance } from '../instance.ts';
import type { Instance } from '../instance.ts';
import { runToExit } from '../output.ts';
import { silence } from '../probe/heartbeat.ts';
import { runProbe } from '../probe/run.ts';
import type { Shop } from '../probe/targets.ts';
import type { ServiceName } from '../ports.ts';
import { KEY_FILES } from '../secrets.ts';
import { shopContext } from '../shop/context.ts';
import { shopNames } from '../shop-processes.ts';
import { readIfThere } from '../system/files.ts';
import { soukCommand } from '../souk-command.ts';
import { instanceCommand, wholeNumber } from './options.ts';
import type { InstanceOptions } from './options.ts';

/** They stand on nothing that could be asked. */
const WITHOUT_DEEP_CHECK: readonly string[] = ['identity', 'ambassador', 'trace-store'];

interface Options extends InstanceOptions {
  readonly journey: boolean;
  readonly watch?: number;
  readonly rounds?: number;
  readonly heartbeat?: string;
  readonly metrics?: string;
  readonly silentFor?: number;
  readonly maxMs: number;
  readonly maxDnsMs: number;
  readonly certDays: number;
}

export function command(): Command {
  return instanceCommand()
    .option('--journey', 'also sign in, place an order, see it confirmed, and cancel it', false)
    .option('--watch <seconds>', 'look again so long after each round, --rounds times', wholeNumber)
    .option('--rounds <n>', 'how many rounds; 1, or 60 with --watch', wholeNumber)
    .option('--max-ms <ms>', 'an answer that takes longer is a failure', wholeNumber, 3_000)
    .option('--max-dns-ms <ms>', 'a name that takes longer to find is one, too', wholeNumber, 1_000)
    .option('--cert-days <days>', 'and a certificate that ends sooner', wholeNumber, 14)
    .option('--heartbeat <file>', 'where each round leaves its time; default: in the folder of the instance')
    .option('--metrics <file>', 'where each round leaves its figures as Prometheus text')
    .option('--silent-for <seconds>', 'look at nothing but the heartbeat: fail when it is older', wholeNumber)
    .addHelpText(
      'after',
      '\nExit code 1 when an instance is not well, the journey did not end well, or the prober cannot see failures.',
    )
    .action((options: Options) =>
      runToExit(options.json, async () =>
        options.silentFor === undefined ? probe(options) : listen(options, options.silentFor),
      ),
    );
}

async function probe(options: Options): Promise<Readonly<Record<string, unknown>>> {
  const { maxMs, maxDnsMs, certDays, watch, metrics } = options;
  const instance = openInstance(options.instance);
  const customer = shopContext(options.instance);
  const { status, ...found } = await runProbe(shopOf(instance, customer.gatewayUrl), {
    limits: { maxMs, maxDnsMs, certDays },
    ...(options.journey && { customer }),
    rounds: options.rounds ?? (watch === undefined ? 1 : 60),
    everySeconds: watch ?? 10,
    heartbeatFile: options.heartbeat ?? heartbeatOf(instance),
    metricsFile: metrics,
    tell: (line) => console.log(line),
  });
  return { ...found, verdict: status, status: status === 'failed' ? 'failed' : 'ok' };
}

async function listen(options: Options, seconds: number): Promise<Readonly<Record<string, unknown>>> {
  const file = options.heartbeat ?? heartbeatOf(openInstance(options.instance));
  const silent = silence(file, seconds, Date.now());
  console.log(`  ${silent ?? 'the prober is alive'}`);
  return { silent: silent ?? null, status: silent === undefined ? 'ok' : 'failed' };
}

function shopOf(instance: Instance, gatewayUrl: string): Shop {
  const key = readIfThere(join(instance.secretsDir, KEY_FILES.healthKeys))?.split('\n')[0]?.trim();
  if (key === undefined || key === '') {
    const why = 'it was started before there were such keys';
    throw new CliError('there is no key for the deep checks', why, soukCommand(instance.name, 'up'));
  }
  const names = shopNames(instance).filter((name): name is ServiceName =>
    Object.hasOwn(instance.ports.management, name),
  );
  const urls = (those: readonly ServiceName[]): Record<string, string> =>
    Object.fromEntries(those.map((name) => [name, `http://127.0.0.1:${instance.ports.management[name]}`]));
  return {
    gatewayUrl,
    key,
    deep: urls(names.filter((name) => !WITHOUT_DEEP_CHECK.includes(name))),
    ready: urls(names.filter((name) => WITHOUT_DEEP_CHECK.includes(name))),
  };
}

const heartbeatOf = ({ dir }: Instance): string => join(dir, 'probe.json');
