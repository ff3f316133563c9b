import { execFile } from 'node:child_process';
import { join } from 'node:path';
import { REPO_ROOT } from '../tools/cli/src/home.ts';
import type { Benchmark, BenchOptions, Figure } from '../tools/cli/src/shop/benchmark.ts';
import type { ShopContext } from '../tools/cli/src/shop/context.ts';
import { measureCommitToTopic } from './commit-to-topic.ts';
import { measureHotSku } from './hot-sku.ts';
import { measureStatements } from './outbox-statements.ts';
import { measurePipeline } from './pipeline.ts';
import { measureRelayTorture } from './relay-torture.ts';
import { figureOf } from './verdict.ts';

type Part = (ctx: ShopContext, options: BenchOptions) => Promise<Figure[]>;

/** The pipeline first: what comes after it leaves the stores and their caches in another state. */
const PARTS: readonly Part[] = [
  measurePipeline,
  auditAfter,
  measureStatements,
  measureCommitToTopic,
  measureHotSku,
  measureRelayTorture,
];

/** Every row of docs/performance.md, each beside its rivals. */
export const benchmark: Benchmark = {
  summary:
    'outbox, relay, saga and hot stock, each beside its rivals (about 25 minutes, and what a full shop takes to work off what it was given)',
  run: async (ctx, options) => {
    const figures: Figure[] = [];
    for (const part of PARTS) figures.push(...(await part(ctx, options)));
    return figures;
  },
};

/** A throughput counts only if the books agree after it. */
async function auditAfter({ instance }: ShopContext, { say }: BenchOptions): Promise<Figure[]> {
  say('auditing the books');
  const args = ['audit', '--instance', instance, '--settle', '60', '--json'];
  const line = await new Promise<string>((resolve) => {
    // Differences make the exit code 1; what they are stands in the last line either way.
    execFile(join(REPO_ROOT, 'souk'), args, { maxBuffer: 64 * 1024 * 1024 }, (_error, stdout) =>
      resolve(stdout.trim().split('\n').at(-1) ?? ''),
    );
  });
  const { checks = [] } = JSON.parse(line) as { checks?: { id: string; ok: boolean; detail: string }[] };
  if (checks.length === 0) throw new Error(`the audit checked nothing: ${line}`);
  const failed = checks.filter(({ ok }) => !ok);
  for (const { id, detail } of failed) say(`${id}: ${detail}`);
  const what = `checks of ${checks.length} that found a difference after the load`;
  return [figureOf({ name: 'pipeline.audit', what, value: failed.length, unit: 'checks', gate: 0 })];
}
