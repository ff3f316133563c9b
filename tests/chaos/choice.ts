import { isShort } from '../../tools/cli/src/testing/short-form.ts';

/** What a change is tried with each time: an operator, a customer, a bank, a database and a broker at fault. */
export const SMOKE_EXPERIMENTS: readonly string[] = [
  'config-garbage',
  'tenant-floods',
  'cards-declined',
  'connections-run-out',
  'kafka-down',
];
export const SMOKE_PROOFS: readonly string[] = ['circuit-breaker'];

export interface Choice {
  readonly experiments: readonly string[];
  readonly proofs: readonly string[];
}

/** All there is, or the smoke set in the short form. SOUK_CHAOS_ONLY=a,b names experiments, and proofs as `prove:a`. */
export function chosen(all: Choice, env: Readonly<Record<string, string | undefined>> = process.env): Choice {
  const named = env['SOUK_CHAOS_ONLY']?.split(',').filter((name) => name !== '') ?? [];
  if (named.length > 0) {
    const proofs = named.flatMap((name) => (name.startsWith('prove:') ? [name.slice('prove:'.length)] : []));
    const experiments = named.filter((name) => !name.startsWith('prove:'));
    return known(all, { experiments, proofs });
  }
  if (!isShort(env)) return all;
  return known(all, { experiments: SMOKE_EXPERIMENTS, proofs: SMOKE_PROOFS });
}

function known(all: Choice, wanted: Choice): Choice {
  const experiment = wanted.experiments.find((name) => !all.experiments.includes(name));
  if (experiment !== undefined) throw new Error(`there is no experiment ${experiment}`);
  const proof = wanted.proofs.find((name) => !all.proofs.includes(name));
  if (proof !== undefined) throw new Error(`there is no pattern ${proof} to prove`);
  return wanted;
}
