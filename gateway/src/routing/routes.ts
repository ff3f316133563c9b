import { readFileSync } from 'node:fs';
import { parseSettings } from '@souk/config';
import { type knownUpstreams, type RouteEntry, type RouteTable, routeTable } from '@souk/contracts';

export type { RouteTable };

export type UpstreamName = (typeof knownUpstreams)[number];
export type Route = RouteEntry;
export type Access = Route['access'];

/** @throws Error that names line and entry of every mistake, and the way out */
export const parseRoutes = (text: string): RouteTable => parseSettings(routeTable, text);

/** The table that came with this release: in force as long as nobody has given another. */
export const packagedText = readFileSync(new URL('../../../config/routes.yaml', import.meta.url), 'utf8');
export const packagedTable = parseRoutes(packagedText);
