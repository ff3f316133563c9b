import { CodedError } from '@souk/http';

/** What a position looks like: time of placing and order id (persistence/documents.ts). */
const POSITION = /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z\/[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/;

/** Opaque to callers, so that what lists are sorted by may change. */
export const toCursor = (position: string): string => Buffer.from(position).toString('base64url');

/** @throws CodedError `cursor-invalid` for anything that `toCursor` never gave */
export function fromCursor(cursor: string): string {
  const position = Buffer.from(cursor, 'base64url').toString('latin1');
  if (POSITION.test(position) && toCursor(position) === cursor) return position;
  throw new CodedError('invalid', 'cursor-invalid', 'The cursor is not one that a page before has given.');
}
