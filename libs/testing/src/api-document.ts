import 'reflect-metadata';
import { readFileSync } from 'node:fs';

/** Of Nest's RequestMethod, by position. */
const METHODS = ['GET', 'POST', 'PUT', 'DELETE', 'PATCH', 'ALL'] as const;

/** A handler of a Nest controller, as its decorators say; `ALL` leaves the method to the guards. */
export interface ControllerRoute {
  readonly method: (typeof METHODS)[number];
  /** With `{name}` for a parameter. */
  readonly path: string;
  readonly guards: readonly unknown[];
}

/** The HTTP handlers of these controllers; those that only take messages have none. */
export function routesOf(controllers: readonly unknown[]): ControllerRoute[] {
  return controllers
    .filter((one) => typeof one === 'function')
    .flatMap((controller) => {
      const prototype = controller.prototype as Record<string, unknown>;
      return Object.getOwnPropertyNames(prototype).flatMap((name) => {
        const handler = prototype[name];
        const method: number | undefined = typeof handler === 'function' ? read('method', handler) : undefined;
        if (typeof handler !== 'function' || method === undefined) return [];
        return listOf(read('path', controller)).flatMap((base) =>
          listOf(read('path', handler)).map((path) => ({
            method: METHODS[method] ?? 'ALL',
            path: join(base, path),
            guards: [...guardsOf(controller), ...guardsOf(handler)],
          })),
        );
      });
    });
}

/** `GET /orders/{id}` for every operation of an OpenAPI document, sorted. */
export function documentedRoutes(document: URL): string[] {
  const { paths } = JSON.parse(readFileSync(document, 'utf8')) as { paths: Record<string, object> };
  return Object.entries(paths)
    .flatMap(([path, operations]) => Object.keys(operations).map((method) => `${method.toUpperCase()} ${path}`))
    .sort();
}

/** The same of controllers. */
export const servedRoutes = (controllers: readonly unknown[]): string[] =>
  routesOf(controllers)
    .map(({ method, path }) => `${method} ${path}`)
    .sort();

const read = <T>(key: string, target: object): T | undefined => Reflect.getMetadata(key, target) as T | undefined;
const guardsOf = (target: object): readonly unknown[] => read<unknown[]>('__guards__', target) ?? [];
const listOf = (path: string | readonly string[] | undefined): readonly string[] => [path ?? ''].flat();

function join(base: string, path: string): string {
  const segments = `${base}/${path}`.split('/').filter((segment) => segment !== '');
  return `/${segments.join('/')}`.replaceAll(/:(\w+)/g, '{$1}');
}
