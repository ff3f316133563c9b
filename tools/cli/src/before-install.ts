// Run by ./souk before the dependencies of a first `up` are there: imports nothing but Node. What can be refused now costs no download.
import { describeError, errorLines } from './errors.ts';
import { requireFreePorts } from './free-ports.ts';
import { instanceExists, openInstance } from './instance.ts';

function valueOf(args: readonly string[], ...names: readonly string[]): string | undefined {
  const index = args.findIndex((arg) => names.includes(arg.replace(/=.*$/s, '')));
  return index < 0 ? undefined : (/=(.*)$/s.exec(args[index] ?? '')?.[1] ?? args[index + 1]);
}

const ELSEWHERE_OR_NOTHING = /^--on(=|$)|^(--help|-h)$/;

/** Those that a shop has only when it is asked for them. */
const isWanted = (name: string, args: readonly string[]): boolean => {
  if (name === 'aggregation') return args.includes('--aggregation');
  if (name === 'gatekeeper') return args.includes('--gatekeeper') || process.env.SOUK_GATEKEEPER === 'separate';
  return true;
};

/** What is not a number, an instance or an option is for commander to say. */
async function check(args: readonly string[]): Promise<void> {
  if (args[0] !== 'up' || args.some((arg) => ELSEWHERE_OR_NOTHING.test(arg))) return;
  const base = valueOf(args, '--port-base');
  if (base !== undefined && !/^\d+$/.test(base)) return;
  const name = valueOf(args, '-i', '--instance') ?? process.env.SOUK_INSTANCE ?? 'default';
  const instance = openInstance(name, base === undefined ? undefined : Number(base));
  // Those of one that exists may be held by its own processes. Servers may be elsewhere; `up` knows more about them.
  if (instanceExists(instance)) return;
  const { management } = instance.ports;
  await requireFreePorts(instance, new Set(), (name) => Object.hasOwn(management, name) && isWanted(name, args));
}

try {
  await check(process.argv.slice(2));
} catch (error) {
  for (const line of errorLines(describeError(error))) console.error(line);
  process.exitCode = 1;
}
