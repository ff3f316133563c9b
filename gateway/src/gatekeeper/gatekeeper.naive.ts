import type { Access } from '../routing/routes.js';
import type { Price } from '../throttling/plan.js';
import { Gatekeeper } from './gatekeeper.js';
import type { Visit } from './visit.js';

/** Variant `role-unchecked`: that somebody is signed in has been seen; what they may do is the services' business. */
export class RolelessGatekeeper extends Gatekeeper {
  override admit(visit: Visit, access: Access, price?: Price): string | Promise<string> {
    return super.admit(visit, access === 'admin' ? 'user' : access, price);
  }
}
