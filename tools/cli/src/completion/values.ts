import { INFRA } from '../infra/provider.ts';
import { SERVICES } from '../shop-processes.ts';
import { TIERS } from '../testing/tiers.ts';

type Known = readonly string[] | 'instances' | 'file' | undefined;

/** What commander cannot know: the names that a free argument or an option takes here. */
export interface Values {
  ofArgument(path: readonly string[]): Known;
  /** By its long flag. */
  ofOption(long: string): Known;
}

export interface Names {
  /** `gateway.readOnly` … */
  readonly settings: readonly string[];
  readonly benchmarks: readonly string[];
  readonly experiments: readonly string[];
  /** Those that can be proven. */
  readonly patterns: readonly string[];
}

const PROCESSES = [...INFRA, ...SERVICES, 'collector'];

const OPTIONS: Readonly<Record<string, Known>> = {
  '--instance': 'instances',
  '--on': ['host', 'kind', 'current'],
  '--user': ['alice', 'bob', 'admin'],
  '--values': 'file',
  '--infra-values': 'file',
};

export function knownValues({ settings, benchmarks, experiments, patterns }: Names): Values {
  const services = [...new Set(settings.map((name) => name.split('.', 1)[0] ?? ''))];
  const byPath: Readonly<Record<string, Known>> = {
    restart: PROCESSES,
    logs: PROCESSES,
    test: TIERS.map(({ name }) => name),
    bench: benchmarks,
    prove: patterns,
    rebuild: ['order-query'],
    token: ['alice', 'bob', 'admin'],
    'chaos run': experiments,
    'chaos show': experiments,
    'chaos report': experiments,
    'config get': [...services, 'routes', ...settings],
    'config reads': services.filter((name) => !['global', 'environment'].includes(name)),
    'config history': [...services, 'routes'],
    'config rollback': [...services, 'routes'],
    'config apply': [...services, 'routes'],
    'config set': settings.map((name) => `${name}=`),
    'config unset': settings,
  };
  return { ofArgument: (path) => byPath[path.join(' ')], ofOption: (long) => OPTIONS[long] };
}
