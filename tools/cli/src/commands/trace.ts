import { InvalidArgumentError, type Command } from 'commander';
import { withService } from '../cluster/kubectl.ts';
import { isOnCluster, openCluster, shopOptions, withClusterOptions } from '../cluster/options.ts';
import type { ClusterOptions } from '../cluster/options.ts';
import { CliError } from '../errors.ts';
import { openInstance } from '../instance.ts';
import { runToExit } from '../output.ts';
import { shopContext } from '../shop/context.ts';
import { soukCommand } from '../souk-command.ts';
import { renderTrace } from '../trace/render-trace.ts';
import type { Trace } from '../trace/render-trace.ts';
import { awaitTrace, batchSizes, latestOrder } from '../trace/trace-client.ts';
import type { AskTraceStore, Wanted } from '../trace/trace-client.ts';
import { instanceCommand } from './options.ts';
import type { InstanceOptions } from './options.ts';

const ANSWERS_WITHIN_MS = 5_000;
const WIDTH_WITHOUT_A_TERMINAL = 120;

interface TraceOptions extends InstanceOptions, ClusterOptions {
  readonly last?: boolean;
  readonly trace?: string;
}

export function command(): Command {
  return withClusterOptions(instanceCommand())
    .argument('[order-id]', 'the order, as ./souk order prints it', uuid)
    .option('--last', 'the trace of the order that was placed last')
    .option('--trace <id>', 'a trace by its own id, as in the logs and in problem answers', traceId)
    .addHelpText(
      'after',
      `
Services hand their spans over once a second: of a young order it waits up to 5 s until the trace is complete.
Traces are sampled: of the orders that come in one go, those beyond 100, and then 10 a second, have none. That of ./souk order is
always recorded, TRACES_PER_SECOND=all ./souk restart gateway records all (docs/tracing.md).
? marks a span whose parent is missing, ✖ a failed one, ↔ a span that was handled in a batch with those of others.`,
    )
    .action((order: string | undefined, options: TraceOptions, self: Command) => {
      const wanted = wantedBy(order, options, self);
      return runToExit(options.json, () => trace(wanted, options));
    });
}

function wantedBy(order: string | undefined, { last, trace: id }: TraceOptions, self: Command): Wanted | 'last' {
  const given: (Wanted | 'last')[] = [
    ...(order === undefined ? [] : [{ order }]),
    ...(last ? ['last' as const] : []),
    ...(id === undefined ? [] : [{ trace: id }]),
  ];
  const [wanted, ...more] = given;
  if (wanted && more.length === 0) return wanted;
  return self.error('error: give one of an order id, --last or --trace <id>', { code: 'souk.oneOf', exitCode: 2 });
}

async function trace(wanted: Wanted | 'last', options: TraceOptions): Promise<Record<string, unknown>> {
  return withTraceStore(options, async (ask, shop) => {
    const found = await find(ask, wanted);
    if (found === undefined) throw unknownTrace(wanted, shop);
    if (options.json) return resultOf(found);
    for (const line of renderTrace(found, terminalWidth(), await batchSizes(ask, found))) console.log(line);
    return {};
  });
}

async function find(ask: AskTraceStore, wanted: Wanted | 'last'): Promise<Trace | undefined> {
  if (wanted !== 'last') return awaitTrace(ask, wanted);
  const order = await latestOrder(ask);
  return order === undefined ? undefined : awaitTrace(ask, { order });
}

function resultOf({ traceId: id, orderId, complete, tree, spans, related = [] }: Trace): Record<string, unknown> {
  const { durationMs, services, errors, missingParents } = tree;
  const found = { traceId: id, ...(orderId === undefined ? {} : { orderId }), complete, missingParents, durationMs };
  return { ...found, services, errors: errors.length, related, spans };
}

function terminalWidth(): number {
  return process.stdout.isTTY ? process.stdout.columns || WIDTH_WITHOUT_A_TERMINAL : WIDTH_WITHOUT_A_TERMINAL;
}

/** `shop` names it in hints: an instance, or the options of a cluster. */
type Work<T> = (ask: AskTraceStore, shop: string) => Promise<T>;

async function withTraceStore<T>(options: TraceOptions, work: Work<T>): Promise<T> {
  if (!isOnCluster(options)) return work(asker(hostUrl(options.instance), options.instance), options.instance);
  const ref = await openCluster(options);
  return withService(ref, { service: 'trace-store', port: 'http' }, (url) =>
    work(asker(url, shopOptions(ref)), shopOptions(ref)),
  );
}

/** Where the trace store of this machine's shop listens; a CliError where there is none. */
function hostUrl(name: string): string {
  shopContext(name);
  const { tracing, ports } = openInstance(name);
  if (tracing !== 'off') return `http://127.0.0.1:${ports.of['trace-store']}`;
  const fix = `${soukCommand(name, 'up')} turns it on; orders that come then have traces`;
  throw new CliError('there are no traces', 'the shop runs with --no-tracing', fix);
}

function asker(base: string, shop: string): AskTraceStore {
  return async (path) => {
    try {
      return await fetch(base + path, { signal: AbortSignal.timeout(ANSWERS_WITHIN_MS) });
    } catch (cause) {
      const first = shop.startsWith('--') ? 'status' : 'restart trace-store';
      const fix = `${soukCommand(shop, first)}; ${soukCommand(shop, 'logs trace-store')} shows what it met`;
      throw new CliError('the trace store does not answer', `nothing came from ${base}${path}`, fix, { cause });
    }
  };
}

/** `shop` as soukCommand takes it. */
export function unknownTrace(wanted: Wanted | 'last', shop: string): CliError {
  if (wanted === 'last') {
    const why = 'none was placed lately, or none of those that are recorded';
    return new CliError('there is no trace of an order', why, soukCommand(shop, 'order'));
  }
  const what = 'order' in wanted ? `there is no trace of order ${wanted.order}` : `there is no trace ${wanted.trace}`;
  const why =
    'no span that arrived names it: the id is wrong, it is older than an hour or the start of the shop, or it was left out, ' +
    'because traces are sampled (10 a second and 100 at once, where TRACES_PER_SECOND says nothing else)';
  const fix = `${soukCommand(shop, 'trace --last')} shows that of the last recorded order, ${recordAll(shop)} has all recorded that come`;
  return new CliError(what, why, fix);
}

/** Orders begin at the gateway, so it is the gateway that decides. */
function recordAll(shop: string): string {
  return shop.startsWith('--')
    ? `helm upgrade --set gateway.config.TRACES_PER_SECOND=all`
    : `TRACES_PER_SECOND=all ${soukCommand(shop, 'restart gateway')}`;
}

function uuid(text: string): string {
  if (/^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/i.test(text)) return text.toLowerCase();
  throw new InvalidArgumentError('an order id is a UUID, like 01a1fa76-0fd9-7639-94b4-88261f6a522a');
}

function traceId(text: string): string {
  if (/^[0-9a-f]{32}$/i.test(text)) return text.toLowerCase();
  throw new InvalidArgumentError('a trace id has 32 hexadecimal digits');
}
