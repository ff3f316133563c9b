export interface HealthReport {
  readonly ready: boolean;
  readonly checks: Readonly<Record<string, { ok: boolean; ms: number; error?: string }>>;
}

const CACHE_MS = 1_000;
const CHECK_TIMEOUT_MS = 2_000;

/**
 * Pattern: Health Endpoint Monitoring. Modules register what they cannot work without; a check resolves when that works.
 * Results are cached for a second, so that probing cannot become load.
 */
export class HealthRegistry {
  readonly #checks = new Map<string, () => Promise<void>>();
  #cached: { at: number; report: Promise<HealthReport> } | undefined;

  addReadiness(name: string, check: () => Promise<void>): void {
    this.#checks.set(name, check);
    this.#cached = undefined;
  }

  report(now = performance.now()): Promise<HealthReport> {
    if (this.#cached === undefined || now - this.#cached.at >= CACHE_MS)
      this.#cached = { at: now, report: this.#run() };
    return this.#cached.report;
  }

  async #run(): Promise<HealthReport> {
    const results = await Promise.all(
      [...this.#checks].map(async ([name, check]) => [name, await timed(check)] as const),
    );
    return { ready: results.every(([, result]) => result.ok), checks: Object.fromEntries(results) };
  }
}

async function timed(check: () => Promise<void>): Promise<{ ok: boolean; ms: number; error?: string }> {
  const started = performance.now();
  const took = (): number => Math.round(performance.now() - started);
  let timer: NodeJS.Timeout | undefined;
  try {
    const limit = new Promise<never>((_, reject) => {
      timer = setTimeout(() => reject(new Error(`no answer within ${CHECK_TIMEOUT_MS} ms`)), CHECK_TIMEOUT_MS);
    });
    await Promise.race([check(), limit]);
    return { ok: true, ms: took() };
  } catch (error) {
    return { ok: false, ms: took(), error: messageOf(error) };
  } finally {
    clearTimeout(timer);
  }
}

/** A refused connection to several addresses is an AggregateError without a message of its own. */
function messageOf(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  return error.message || ('code' in error ? String(error.code) : error.name);
}
