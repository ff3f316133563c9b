import { type Headers, type OutgoingHeaders, outgoingHeaders } from './header-lists.js';

/** Of one connection (RFC 9110 §7.6.1), or of the credentials that we have checked. */
const OURS_ALONE =
  /^(connection|keep-alive|proxy-.*|te|trailer|transfer-encoding|upgrade|host|content-length|expect|authorization|cookie)$/;
const IDENTITY =
  /^(x-(user|roles?|admin|forwarded|real|original|rewrite|souk|http-method|auth|remote|client)|forwarded)(-|$)/;

const allBut = (given: Headers, isRefused: (name: string) => boolean): Record<string, string> =>
  Object.fromEntries(
    Object.entries(given).flatMap(([name, value]) =>
      value === undefined || OURS_ALONE.test(name) || isRefused(name) ? [] : [[name, [value].flat().join(', ')]],
    ),
  );

/** Variant `identity-headers-passed`: who is to know which headers a service needs? */
export const everyHeader: OutgoingHeaders = (given, ours) =>
  Object.assign(
    allBut(given, () => false),
    ours,
  );

/** Variant `underscore-headers-passed`: a list of what is bad, in one spelling; servers that read `_` as `-` see the others. */
export const allButIdentity: OutgoingHeaders = (given, ours) =>
  Object.assign(
    allBut(given, (name) => IDENTITY.test(name)),
    ours,
  );

/** Variant `connection-header-obeyed`: removes what `Connection` names when all is put together, what we have added too. */
export const asConnectionSays: OutgoingHeaders = (given, ours) => {
  const named = String(given['connection'] ?? '')
    .toLowerCase()
    .split(',')
    .map((name) => name.trim());
  const out = outgoingHeaders(given, ours);
  return Object.fromEntries(Object.entries(out).filter(([name]) => !named.includes(name)));
};
