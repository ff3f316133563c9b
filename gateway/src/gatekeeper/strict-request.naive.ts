import type { BodyReader } from './strict-request.js';

/** Variant `gatekeeper-unread`: bodies go in as they came, whatever they hold. */
export const unreadBody: BodyReader = ({ body }) => (body instanceof Uint8Array ? Buffer.from(body) : undefined);
