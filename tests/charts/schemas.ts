/** As much of a JSON schema as the charts use. */
export interface Schema {
  readonly $ref?: string;
  readonly type?: string | readonly string[];
  readonly properties?: Readonly<Record<string, Schema>>;
  readonly additionalProperties?: boolean | Schema;
  readonly definitions?: Readonly<Record<string, Schema>>;
  readonly items?: Schema;
}

/** What `global` has besides belongs to other charts of the same release; a list item of the Gateway API to that API. */
const OPEN = /(^|\.)global$|parentRefs\[\]$/;

/** Keys of the defaults that no schema describes. Values of other charts (`blocks`) are described there. */
export function unknownKeys(root: Schema, values: object, blocks: readonly string[] = []): string[] {
  const visit = (schema: Schema, value: unknown, path: string): string[] => {
    const resolved = resolve(root, schema);
    if (value === null || typeof value !== 'object' || Array.isArray(value) || blocks.includes(path)) return [];
    return Object.entries(value).flatMap(([key, inner]) => {
      const at = path === '' ? key : `${path}.${key}`;
      const found = resolved.properties?.[key] ?? additional(resolved);
      return found === undefined ? [at] : visit(found, inner, at);
    });
  };
  return visit(root, values, '').sort();
}

/** Maps of the user's own keys (settings, labels) have a schema for the values, or are opaque: no properties at all. */
const additional = ({ properties, additionalProperties }: Schema): Schema | undefined =>
  typeof additionalProperties === 'object' ? additionalProperties : properties === undefined ? {} : undefined;

/** Objects with named properties that would take any other key too. */
export function openObjects(root: Schema): string[] {
  const visit = (schema: Schema, path: string): string[] => {
    const { properties, additionalProperties, definitions, items } = schema;
    const at = (part: string): string => (path === '' ? part : `${path}.${part}`);
    // The deployables of the umbrella: their values have the schema of charts/service.
    const other = Object.keys(properties ?? {}).join() === 'enabled';
    return [
      ...(properties === undefined || additionalProperties === false || other || OPEN.test(path) ? [] : [path]),
      ...Object.entries(properties ?? {}).flatMap(([key, inner]) => visit(inner, at(key))),
      ...Object.entries(definitions ?? {}).flatMap(([key, inner]) => visit(inner, at(`definitions.${key}`))),
      ...(typeof additionalProperties === 'object' ? visit(additionalProperties, at('*')) : []),
      ...(items === undefined ? [] : visit(items, `${path}[]`)),
    ];
  };
  return visit(root, '');
}

function resolve(root: Schema, schema: Schema): Schema {
  const name = schema.$ref?.replace('#/definitions/', '');
  if (name === undefined) return schema;
  const found = root.definitions?.[name];
  if (found === undefined) throw new Error(`${schema.$ref} is not there`);
  return found;
}
