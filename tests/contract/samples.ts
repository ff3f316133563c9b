import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';

const CONTRACTS = join(import.meta.dirname, '..', '..', 'contracts');

export interface Sample {
  /** `<type>.json`, or `<type>@<label>.json` for a further sample of the type. */
  file: string;
  type: string;
  value: unknown;
}

/** The samples of every message and body ever published; files are added, never changed or removed. */
export function samples(): Sample[] {
  return readdirSync(join(CONTRACTS, 'samples')).map((file) => ({
    file,
    type: file.replace(/(@[a-z0-9-]+)?\.json$/, ''),
    value: JSON.parse(readFileSync(join(CONTRACTS, 'samples', file), 'utf8')) as unknown,
  }));
}

/** The text of the committed JSON Schemas by type. */
export function committedSchemas(): Map<string, string> {
  const files = readdirSync(join(CONTRACTS, 'schemas'));
  return new Map(
    files.map((file) => [file.replace(/\.json$/, ''), readFileSync(join(CONTRACTS, 'schemas', file), 'utf8')]),
  );
}
