import type { ErrorOut, KoaContextWithOIDC } from 'oidc-provider';
import { deviceCodePage, deviceConfirmPage, errorPage, messagePage, signOutPage } from '../http/pages.js';

/** oidc-provider's pages in our own clothes. */
export const pageSources = {
  renderError(ctx: KoaContextWithOIDC, out: ErrorOut): void {
    send(ctx, errorPage({ ...out }));
  },
  signOut: {
    logoutSource: (ctx: KoaContextWithOIDC, form: string): void => send(ctx, signOutPage(form)),
    postLogoutSuccessSource: (ctx: KoaContextWithOIDC): void =>
      send(ctx, messagePage('Signed out', 'You are signed out. You may close this page.')),
  },
  device: {
    userCodeInputSource(ctx: KoaContextWithOIDC, form: string, _out?: ErrorOut, error?: Error): void {
      send(ctx, deviceCodePage(form.replace(/ onfocus="[^"]*"/, ' aria-label="Code"'), complaintOf(error)));
    },
    userCodeConfirmSource(
      ctx: KoaContextWithOIDC,
      form: string,
      client: { clientName?: string | undefined; clientId: string },
      _info: unknown,
      code: string,
    ): void {
      send(ctx, deviceConfirmPage(form, client.clientName ?? client.clientId, code));
    },
    successSource: (ctx: KoaContextWithOIDC): void =>
      send(ctx, messagePage('Connected', 'Your device is signed in. You may close this page.')),
  },
};

function send(ctx: KoaContextWithOIDC, text: string): void {
  ctx.type = 'html';
  ctx.body = text;
}

function complaintOf(error: Error | undefined): string | undefined {
  if (error === undefined) return undefined;
  if (error.name === 'NoCodeError') return 'Type a code first.';
  if (error.name === 'AbortedError') return 'The request was refused.';
  return 'This code is not known, or it was used or has ended. Ask your device for a new one.';
}
