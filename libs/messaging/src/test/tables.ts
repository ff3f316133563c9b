import { join } from 'node:path';

/** Folders with the tables that a consumer needs: of the outbox, because effects send messages, and its own. */
export const TABLES = [
  join(import.meta.dirname, '../../../outbox/sql'),
  join(import.meta.dirname, '../../sql'),
] as const;
