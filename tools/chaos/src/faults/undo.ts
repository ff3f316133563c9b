import type { z } from 'zod';
import type { Target } from '../target/target.ts';

/**
 * One way back. What it needs is in the journal as data, for it may be another process that undoes than the one that broke. Run
 * twice, or where the change was never made, it does no harm.
 */
export interface Undo<P> {
  readonly parameters: z.ZodType<P>;
  readonly run: (target: Target, parameters: P) => Promise<void>;
  /**
   * For what the harness itself has put beside the shop, and nothing but this way back may end: whether it is there still. A run
   * in which it is not has tried something else than it says.
   */
  readonly stands?: (target: Target, parameters: P) => Promise<boolean>;
}

/** An undo whose parameters are checked as they are read back. */
export interface StoredUndo {
  run(target: Target, parameters: unknown): Promise<void>;
  stands(target: Target, parameters: unknown): Promise<boolean>;
}

export function undo<P>({ parameters, run, stands = async () => true }: Undo<P>): StoredUndo {
  return {
    run: (target, stored) => run(target, parameters.parse(stored)),
    stands: (target, stored) => stands(target, parameters.parse(stored)),
  };
}
