import { parse } from 'yaml';
import { z } from 'zod';
import { type Watched, WatchedFile } from './watched-file.js';

/**
 * Settings that a running process follows: a YAML file under a strict schema with a default for every key. No file, an empty one
 * or none that was ever good means the defaults.
 */
export function liveSettings<S extends z.ZodType<object>>(schema: S, file: string | undefined): Watched<z.output<S>> {
  return new WatchedFile<z.output<S>>({
    name: 'settings',
    file,
    fallback: schema.parse({}),
    parse: (text) => parseSettings(schema, text),
  });
}

/** @throws Error that names every wrong key and what was expected of it */
export function parseSettings<S extends z.ZodType<object>>(schema: S, text: string): z.output<S> {
  const result = schema.safeParse(parse(text, { uniqueKeys: true }) ?? {});
  if (result.success) return result.data;
  const problems = result.error.issues.map(({ path, message }) => [path.join('.'), message].filter(Boolean).join(': '));
  throw new Error(problems.join('; '));
}
