import { asyncApiDocument } from './asyncapi.ts';
import { publicDocument, serviceDocument, serviceNames } from './openapi.ts';
import type { JsonSchema } from './schema-book.ts';

const text = (document: JsonSchema): string => `${JSON.stringify(document, null, 2)}\n`;

/** Every generated document by its file below contracts. */
export function documents(): Map<string, string> {
  const list = new Map(serviceNames.map((name) => [`openapi/${name}.json`, text(serviceDocument(name))]));
  list.set('openapi.json', text(publicDocument()));
  list.set('asyncapi.json', text(asyncApiDocument()));
  return list;
}
