import { ABUSED_DOORS } from './abuse/doors.ts';
import { forgedWrites, openCookies, strangeOrigins } from './browsers.ts';
import {
  answersOfOthers,
  customersAsAdmins,
  customersAsAdminsInside,
  hugeBodies,
  ordersOfOthers,
  pathsDecodedTwice,
  secretsInLogs,
  tellingErrors,
  writesSentAgain,
} from './edge.ts';
import { spoofedConnection, spoofedForwarding, spoofedIdentity, spoofedSpelling } from './headers.ts';
import { mixedIssuers } from './issuer/mixed.ts';
import { unsignedInside, wrongAlgorithm, wrongAudience, wrongIssuer, wrongTime } from './jwt.ts';
import { unknownFields } from './mass-assignment.ts';
import type { Check, WeakDoor } from './support/check.ts';

/** Every weakened door and the checks that must see it. */
export const WEAK_DOORS: readonly WeakDoor[] = [
  { variant: 'audience-unchecked', service: 'gateway', caughtBy: [wrongAudience] },
  { variant: 'issuer-unchecked', service: 'gateway', caughtBy: [wrongIssuer] },
  { variant: 'expiry-unchecked', service: 'gateway', caughtBy: [wrongTime] },
  { variant: 'algorithm-unpinned', service: 'gateway', caughtBy: [wrongAlgorithm] },
  { variant: 'issuers-mixed', service: 'gateway', caughtBy: [mixedIssuers] },
  { variant: 'role-unchecked', service: 'gateway', caughtBy: [customersAsAdmins] },
  { variant: 'identity-headers-passed', service: 'gateway', caughtBy: [spoofedIdentity] },
  { variant: 'underscore-headers-passed', service: 'gateway', caughtBy: [spoofedSpelling] },
  { variant: 'connection-header-obeyed', service: 'gateway', caughtBy: [spoofedConnection] },
  { variant: 'forwarded-believed', service: 'gateway', caughtBy: [spoofedForwarding] },
  { variant: 'path-decoded-twice', service: 'gateway', caughtBy: [pathsDecodedTwice] },
  { variant: 'body-unlimited', service: 'gateway', caughtBy: [hugeBodies] },
  { variant: 'retry-naive', service: 'gateway', caughtBy: [writesSentAgain] },
  { variant: 'cors-reflecting', service: 'gateway', caughtBy: [strangeOrigins] },
  { variant: 'cookies-open', service: 'gateway', caughtBy: [openCookies] },
  { variant: 'csrf-unchecked', service: 'gateway', caughtBy: [forgedWrites] },
  { variant: 'cache-private', service: 'gateway', caughtBy: [answersOfOthers] },
  { variant: 'secrets-logged', service: 'gateway', caughtBy: [secretsInLogs] },
  { variant: 'errors-tell-all', service: 'gateway', caughtBy: [tellingErrors] },
  { variant: 'unknown-fields-taken', service: 'catalog', caughtBy: [unknownFields] },
  { variant: 'internal-token-unchecked', service: 'catalog', caughtBy: [unsignedInside] },
  { variant: 'inner-role-unchecked', service: 'catalog', caughtBy: [customersAsAdminsInside] },
  { variant: 'owner-unchecked', service: 'order', caughtBy: [ordersOfOthers] },
  ...ABUSED_DOORS,
];

/** Each check once: what the sound doors must pass before a catch means anything. */
export const checksOf = (doors: readonly WeakDoor[]): readonly Check[] => [
  ...new Set(doors.flatMap(({ caughtBy }) => caughtBy)),
];
export const CHECKS: readonly Check[] = checksOf(WEAK_DOORS);
