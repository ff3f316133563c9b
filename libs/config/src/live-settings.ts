import { basename, dirname, join } from 'node:path';
import type { z } from 'zod';
import { lineOf, parsedYaml, readScopes, type Scoped, type ScopeTexts } from './scopes.js';
import { SettingReads } from './setting-reads.js';
import { type Watched, WatchedFile } from './watched-file.js';

/**
 * Settings that a running process follows: a YAML file under a strict schema with a default for every key. No file, an empty one
 * or none that was ever good means the defaults. `global.yaml` and `environment.yaml` beside it hold what it says for all (docs/patterns/
 * external-configuration-store.md), `<file>.<instance>.yaml` what one process says otherwise; their texts are checked as one.
 */
export function liveSettings<S extends z.ZodObject>(
  schema: S,
  file: string | undefined,
  instance?: string,
): Watched<z.output<S>> {
  const origins = new WeakMap<object, Omit<Scoped<unknown>, 'values'>>();
  const parse = (text: string, beside: ScopeTexts): z.output<S> => {
    const { values, ...origin } = readScopes(schema, { ...beside, service: text });
    origins.set(values, origin);
    return values;
  };
  return new WatchedFile<z.output<S>>({
    name: 'settings',
    file,
    fallback: schema.parse({}),
    parse,
    reads: new SettingReads(Object.keys(schema.shape)),
    ...(file !== undefined && {
      beside: filesBeside(file, instance),
      about: (values) => ({
        ...(origins.get(values) ?? { from: {}, locked: {} }),
        // Who tries a change on one process must know under which name that looks for a text of its own.
        ...(instance !== undefined && { instance }),
      }),
    }),
  });
}

/** The files of the other scopes. */
function filesBeside(file: string, instance: string | undefined): Record<string, string> {
  const folder = dirname(file);
  return {
    global: join(folder, 'global.yaml'),
    environment: join(folder, 'environment.yaml'),
    ...(instance && { instance: join(folder, `${basename(file, '.yaml')}.${instance}.yaml`) }),
  };
}

/** @throws Error that names line and key of every mistake, and what was expected there */
export function parseSettings<S extends z.ZodType<object>>(schema: S, text: string): z.output<S> {
  const { document, lines } = parsedYaml(text);
  const result = schema.safeParse(document.toJS() ?? {});
  if (result.success) return result.data;
  const problems = result.error.issues.map(({ path, message }) => {
    const where = [`line ${lineOf(document, lines, path)}`, path.join('.')].filter(Boolean).join(', ');
    return `${where}: ${message}`;
  });
  throw new Error(problems.join('; '));
}
