import { parse } from 'yaml';
import type { z } from 'zod';
import { type Watched, WatchedFile } from './watched-file.js';

/** Variant `config-trusting`: whatever stands in the file is in force, misspelt, out of bounds or of another type. */
export function trustingSettings<S extends z.ZodType<object>>(
  schema: S,
  file: string | undefined,
): Watched<z.output<S>> {
  const defaults = schema.parse({});
  return new WatchedFile<z.output<S>>({
    name: 'settings',
    file,
    fallback: defaults,
    parse: (text) => ({ ...defaults, ...(parse(text) as Partial<z.output<S>>) }),
  });
}
