import type { Grant, KoaContextWithOIDC } from 'oidc-provider';

/** The shop's API, as clients may name it; those that name none mean it. */
export const RESOURCE = 'https://api.souk.local';
export const SCOPES = ['openid', 'offline_access'] as const;

/** The clients are the shop's own, so nobody is asked whether the shop may know who they are. */
export async function grantEverything(ctx: KoaContextWithOIDC): Promise<Grant | undefined> {
  const { client, session, provider } = ctx.oidc;
  const accountId = session?.accountId;
  if (client === undefined || accountId === undefined) return undefined;
  const grantId = session?.grantIdFor(client.clientId);
  const known = grantId === undefined ? undefined : await provider.Grant.find(grantId);
  return known ?? newGrant(ctx, accountId);
}

export async function newGrant({ oidc }: KoaContextWithOIDC, accountId: string): Promise<Grant> {
  const clientId = oidc.client?.clientId ?? '';
  const grant = new oidc.provider.Grant({ accountId, clientId });
  grant.addOIDCScope(SCOPES.join(' '));
  await grant.save();
  return grant;
}
