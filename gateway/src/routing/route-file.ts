import { type Watched, WatchedFile } from '@souk/config';
import { packagedText, parseRoutes, type RouteTable } from './routes.js';

/** The route table that this process follows; the packaged one where no file says otherwise. */
export const routeFile = (file: string | undefined): Watched<RouteTable> =>
  new WatchedFile({ name: 'routes', file, packaged: packagedText, parse: parseRoutes });
