import { createParamDecorator, type CustomDecorator, type ExecutionContext, SetMetadata } from '@nestjs/common';
import { CodedError } from './coded-error.js';

/** Who the gateway says is calling. */
export interface Principal {
  readonly sub: string;
  readonly roles: readonly ('customer' | 'admin')[];
}

/** `sub` of the internal token for calls without a signed-in user. */
export const ANONYMOUS = 'anonymous';

const PUBLIC = 'souk:public';
const ROLES = 'souk:roles';
const principals = new WeakMap<object, Principal>();

/** The route answers without an internal token. */
export const Public = (): CustomDecorator => SetMetadata(PUBLIC, true);

/** One of these roles is needed; 403 `forbidden` otherwise. */
export const Roles = (...roles: Principal['roles']): CustomDecorator => SetMetadata(ROLES, roles);

/** The signed-in principal, or undefined for an anonymous caller. */
export const CurrentPrincipal = createParamDecorator((_: unknown, context: ExecutionContext) => userOf(context));

/** The signed-in principal; 401 `authentication-required` for an anonymous caller. */
export const CurrentUser = createParamDecorator((_: unknown, context: ExecutionContext) => {
  const user = userOf(context);
  if (user === undefined) throw authenticationRequired();
  return user;
});

export const authenticationRequired = (): CodedError =>
  new CodedError('unauthenticated', 'authentication-required', 'Sign in first: send Authorization: Bearer <token>.');

export const requirements = { PUBLIC, ROLES };

export function remember(request: object, principal: Principal): void {
  principals.set(request, principal);
}

function userOf(context: ExecutionContext): Principal | undefined {
  const principal = principals.get(context.switchToHttp().getRequest<object>());
  return principal?.sub === ANONYMOUS ? undefined : principal;
}
