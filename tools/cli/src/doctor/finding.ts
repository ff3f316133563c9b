/** required: the shop cannot start without it · advised: it may suffer · optional: only some commands want it */
export type Weight = 'required' | 'advised' | 'optional';

export interface Finding {
  readonly id: string;
  readonly weight: Weight;
  readonly ok: boolean;
  readonly detail: string;
  /** What to do about it, one line; shown when not ok. */
  readonly fix: string;
  /** Debian packages that provide it. */
  readonly packages?: readonly string[];
}

export function blocking(findings: readonly Finding[]): Finding[] {
  return findings.filter((one) => !one.ok && one.weight === 'required');
}

/** Packages to install, each once. */
export function missingPackages(findings: readonly Finding[]): string[] {
  return [
    ...new Set(findings.filter((one) => !one.ok && one.weight !== 'optional').flatMap((one) => one.packages ?? [])),
  ].sort();
}
