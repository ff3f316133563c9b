import type { Scoped } from '@souk/config';
import { CliError } from '../errors.ts';
import { loadConfig } from '../shop/contracts.ts';
import { documentOf, isShared, ROUTES, SHARED } from './documents.ts';
import type { Place } from './place.ts';
import type { Schemas } from './settings.ts';

type Values = Scoped<Record<string, unknown>>;

/** A change that would be refused by a service because of what stands in another scope. */
export interface ScopeDesk {
  readonly place: Pick<Place, 'readDocument'>;
  readonly schemas: Schemas;
}

/**
 * What a service makes of all texts that are for it, by the code that it uses itself. `changed` texts go before those that are written;
 * `instance` is what one process of it would follow besides.
 * @throws Error that says what is wrong where, as the service does
 */
export async function scopedValues(
  desk: ScopeDesk,
  service: string,
  changed = new Map<string, string>(),
  instance = '',
): Promise<Values> {
  const { readScopes } = await loadConfig();
  const text = async (name: string) => changed.get(name) ?? desk.place.readDocument(documentOf(name));
  const texts = await Promise.all([...SHARED.map(text), text(service)]);
  const schema = desk.schemas[service as Exclude<keyof Schemas, 'routes' | 'global' | 'environment'>];
  const [global = '', environment = '', own = ''] = texts;
  return readScopes(schema, { global, environment, service: own, instance }) as Values;
}

/** Every service that follows one of these texts would take it. @throws CliError, `setting-locked` where another scope forbids it */
export async function requireScopes(desk: ScopeDesk, changed: Map<string, string>): Promise<void> {
  const all = [...changed.keys()].some(isShared);
  const names = Object.keys(desk.schemas).filter((name) => name !== ROUTES && !isShared(name));
  for (const service of names.filter((name) => all || changed.has(name))) {
    const why = await scopedValues(desk, service, changed).then(
      () => undefined,
      (error: unknown) => (error instanceof Error ? error.message : String(error)),
    );
    if (why === undefined) continue;
    const what = `${service} would refuse the new text of ${[...changed.keys()].join(' and ')}; nothing was written`;
    throw new CliError(
      what,
      why,
      `./souk config get ${service}; a lock is let go by ./souk config unset <scope>.locked`,
    );
  }
}
