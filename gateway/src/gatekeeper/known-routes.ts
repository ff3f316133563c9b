import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { z } from 'zod';

const { resolve } = createRequire(import.meta.url);
const METHODS = ['get', 'put', 'post', 'delete', 'patch'] as const;

const content = z.looseObject({ schema: z.record(z.string(), z.unknown()) });
const operation = z.looseObject({
  requestBody: z
    .looseObject({
      required: z.boolean().default(false),
      content: z.looseObject({ 'application/json': content }),
    })
    .optional(),
});
const document = z.looseObject({
  paths: z.record(z.string(), z.partialRecord(z.enum(METHODS), operation)),
  components: z.looseObject({ schemas: z.record(z.string(), z.record(z.string(), z.unknown())).default({}) }),
});
type Definitions = Record<string, Record<string, unknown>>;

/** What one operation takes. */
export interface Operation {
  /** Undefined where it takes no body. */
  readonly body: z.ZodType | undefined;
  readonly isBodyRequired: boolean;
}

export type Known =
  | { readonly kind: 'known'; readonly operation: Operation }
  | { readonly kind: 'wrong-method'; readonly allowed: readonly string[] }
  | { readonly kind: 'unknown' };

interface Path {
  /** Undefined stands for any segment. */
  readonly segments: readonly (string | undefined)[];
  readonly operations: ReadonlyMap<string, Operation>;
}

/** The public API as its document says it: which method at which path, and what its body must be. */
export class KnownRoutes {
  readonly #byLength = new Map<number, Path[]>();

  /** @throws Error when it is no OpenAPI document, or a schema in it cannot be checked by */
  constructor(openApi: unknown) {
    const { paths, components } = document.parse(openApi);
    const definitions = inPlace(components.schemas);
    for (const [template, item] of Object.entries(paths)) this.#add(template, item, definitions);
  }

  /** `path` without query. A name goes before a parameter. */
  find(method: string, path: string): Known {
    const segments = path.split('/');
    const found = (this.#byLength.get(segments.length) ?? []).filter((one) => fits(one, segments));
    if (found.length === 0) return { kind: 'unknown' };
    for (const { operations } of found) {
      const operation = operations.get(method === 'HEAD' ? 'GET' : method);
      if (operation !== undefined) return { kind: 'known', operation };
    }
    return { kind: 'wrong-method', allowed: [...new Set(found.flatMap(({ operations }) => [...operations.keys()]))] };
  }

  #add(template: string, item: z.infer<typeof document>['paths'][string], definitions: Definitions): void {
    const segments = template.split('/').map((one) => (one.startsWith('{') ? undefined : one));
    const operations = new Map<string, Operation>();
    for (const [method, given] of Object.entries(item))
      operations.set(method.toUpperCase(), operationOf(given, definitions));
    const others = this.#byLength.get(segments.length) ?? [];
    const parameters = (one: Path): number => one.segments.filter((segment) => segment === undefined).length;
    this.#byLength.set(
      segments.length,
      [...others, { segments, operations }].sort((one, other) => parameters(one) - parameters(other)),
    );
  }
}

/** As the contracts publish it. */
export const publishedRoutes = (): KnownRoutes =>
  new KnownRoutes(JSON.parse(readFileSync(resolve('@souk/contracts/openapi.json'), 'utf8')));

function operationOf({ requestBody }: z.infer<typeof operation>, $defs: Definitions): Operation {
  if (requestBody === undefined) return { body: undefined, isBodyRequired: false };
  const { schema } = requestBody.content['application/json'];
  return { body: z.fromJSONSchema({ ...inPlace(schema), $defs }), isBodyRequired: requestBody.required };
}

/** References as JSON Schema knows them outside of OpenAPI. */
const inPlace = <T extends object>(schema: T): T =>
  JSON.parse(JSON.stringify(schema).replaceAll('#/components/schemas/', '#/$defs/')) as T;

const fits = ({ segments }: Path, given: readonly string[]): boolean =>
  segments.every((one, at) => (one === undefined ? given[at] !== '' : one === given[at]));
