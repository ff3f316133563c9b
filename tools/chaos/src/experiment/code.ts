import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import type { FaultKind } from '../faults/faults.ts';
import type { StoredUndo } from '../faults/undo.ts';
import type { AnyMeasure } from '../measure/measure.ts';

/** What an experiment brings along where data cannot say it: `export const code: ExperimentCode` in its code.ts. */
export interface ExperimentCode {
  readonly faults?: readonly FaultKind[];
  readonly undos?: Readonly<Record<string, StoredUndo>>;
  readonly measures?: readonly AnyMeasure[];
}

/** Nothing where the folder has no code.ts. @throws Error where it has one that exports no `code` */
export async function loadCode(folder: string): Promise<ExperimentCode> {
  const file = join(folder, 'code.ts');
  if (!existsSync(file)) return {};
  const { code } = (await import(pathToFileURL(file).href)) as { code?: ExperimentCode };
  if (code === undefined) throw new Error(`${file} exports no 'code'`);
  return code;
}
