/** How an answer's way to its address looked: the public path, and the path at the service. */
export interface Way {
  readonly publicPath: string;
  readonly path: string;
}

/**
 * A service names its own paths, perhaps with its own address; callers live behind this door and know neither. What leads elsewhere, to
 * another site, stays. `isOurs` knows the origins of the services.
 */
export function publicLocation(location: string, way: Way, isOurs: (origin: string) => boolean): string {
  const target = localTarget(location, isOurs);
  if (target === undefined || !target.startsWith('/') || target.startsWith('/api/')) return target ?? location;
  const [outside, inside] = prefixesOf(way);
  return target.startsWith(`${inside}/`) ? outside + target.slice(inside.length) : `/api${target}`;
}

/** Path, query and fragment at one of the services; undefined for another place. */
function localTarget(location: string, isOurs: (origin: string) => boolean): string | undefined {
  const isAbsolute = /^([a-z][a-z0-9+.-]*:)?\/\//i.test(location);
  if (!isAbsolute) return location;
  const url = URL.parse(location.startsWith('//') ? `http:${location}` : location);
  return url !== null && isOurs(url.origin) ? url.pathname + url.search + url.hash : undefined;
}

/** What stands before the part that both paths share: `/api/v2` and nothing, of `/api/v2/products` and `/products`. */
function prefixesOf({ publicPath, path }: Way): [outside: string, inside: string] {
  const [outside, inside] = [publicPath.split('/'), path.split('/')];
  while (inside.length > 1 && outside.at(-1) === inside.at(-1)) {
    outside.pop();
    inside.pop();
  }
  return [outside.join('/'), inside.join('/')];
}
