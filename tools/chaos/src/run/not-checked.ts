import { type Comparison, isEmpty, verdict } from '../../../cli/src/shop/audit/checks.ts';
import type { Experiment } from '../experiment/experiment.ts';
import { isWanted, OF_STOCK } from './checked.ts';
import type { InvariantResult } from './verdict.ts';

const WITHOUT_ORDERS: readonly string[] = ['browse', 'pages'];

type About = Pick<Experiment, 'invariants'> & { readonly load: Pick<Experiment['load'], 'mix'> };

/** What became of an invariant. One that has looked at nothing has not held: it was not checked. */
export function resultOf(plan: About, comparison: Comparison): InvariantResult {
  const result = verdict(comparison);
  if (!isEmpty(comparison) || !result.ok) return result;
  const { id, what, compared } = comparison;
  return { id, what, ok: mayBeEmpty(plan, id), detail: `not checked: ${compared}`, notChecked: true };
}

/** Where nobody was meant to order there may be no orders to look at, unless the experiment asks for it by name. */
function mayBeEmpty({ load, invariants }: About, id: string): boolean {
  const isNamed = invariants !== undefined && isWanted(id, invariants);
  return WITHOUT_ORDERS.includes(load.mix) && !isNamed && !OF_STOCK.includes(id);
}
