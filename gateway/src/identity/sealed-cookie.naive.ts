/** Variant `cookies-open`: pages of all sites send them along, and every script can read them. */
export const OPEN_FLAGS = 'SameSite=None';
