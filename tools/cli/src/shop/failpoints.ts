/** A failpoint as a process reports it (libs/failpoints). */
export interface ReportedFailpoint {
  readonly name: string;
  readonly description: string;
  readonly armed?: string;
  readonly hits: number;
  readonly fired: number;
}

/** `inert`: it was started without SOUK_FAILPOINTS, and has no such route; `away`: it does not answer. */
export interface ProcessFailpoints {
  readonly process: string;
  readonly state: 'enabled' | 'inert' | 'away';
  readonly failpoints: readonly ReportedFailpoint[];
}

const ANSWERS_WITHIN_MS = 3_000;

/** Asks every process at its management port. */
export function gatherFailpoints(
  processes: readonly (readonly [name: string, managementPort: number])[],
  fetchLike: typeof fetch = fetch,
): Promise<ProcessFailpoints[]> {
  return Promise.all(
    processes.map(async ([process, port]) => {
      const signal = AbortSignal.timeout(ANSWERS_WITHIN_MS);
      const answer = await fetchLike(`http://127.0.0.1:${port}/failpoints`, { signal }).catch(() => undefined);
      if (answer === undefined) return { process, state: 'away', failpoints: [] };
      if (answer.status !== 200) return { process, state: 'inert', failpoints: [] };
      const { failpoints } = (await answer.json()) as Pick<ProcessFailpoints, 'failpoints'>;
      return { process, state: 'enabled', failpoints };
    }),
  );
}
