/** What a class of attacks came to: how many inputs were sent, and what was wrong with the answers, one line each. */
export interface AttackReport {
  readonly inputs: number;
  readonly findings: readonly string[];
}

/** One line a class, as the run prints it. */
export const summaryOf = (title: string, { inputs, findings }: AttackReport): string =>
  `${title}: ${inputs} inputs, ${findings.length} findings`;
