import type { Kind } from '../oidc/kinds.js';
import { Html, html, page } from './html.js';

/** Whose page it is, and where its paths begin. */
export interface SignInPlace {
  readonly base: string;
  readonly kind: Kind;
}

export interface SignInPage {
  readonly uid: string;
  /** What the client or the person said before. */
  readonly typed?: string;
  /** Why the last try was refused. */
  readonly problem?: string;
}

export function signInPage({ uid, typed = '', problem }: SignInPage, { base, kind }: SignInPlace): string {
  const action = `${base}/interaction/${uid}/login`;
  const buttons = kind.first.map(
    ({ user: { name }, what }) =>
      html`<button name="user" value="${name}"><b>${name}</b> <span>${what}</span></button> `,
  );
  const complaint = problem === undefined ? html`` : html`<p class="problem" role="alert" id="problem">${problem}</p>`;
  return page(
    'Sign in',
    html`<p>
        There are no passwords here: choose who you are. This page stands in for a real identity provider
        (${kind.name}).
      </p>
      ${complaint}
      <form method="post" action="${action}" class="people" aria-label="Known people">${buttons}</form>
      <form method="post" action="${action}" class="other">
        <label for="user">Somebody else</label>
        <div>
          <input
            id="user"
            name="user"
            value="${typed}"
            maxlength="40"
            required
            autocomplete="username"
            autocapitalize="none"
            spellcheck="false"
            placeholder="a-z, 0-9 and -"
            ${invalid(problem)}
          />
          <button>Sign in</button>
        </div>
      </form>
      <form method="post" action="${base}/interaction/${uid}/abort" class="cancel"><button>Cancel</button></form>`,
  );
}

const invalid = (problem: string | undefined): Html =>
  problem === undefined ? html`` : html` aria-invalid="true" aria-describedby="problem"`;

/** `form` is oidc-provider's, with its token against forged requests and the id op.logoutForm. */
export function signOutPage(form: string): string {
  return page(
    'Sign out',
    html`<p>You are about to leave the identity provider, too: the next sign-in asks again who you are.</p>
      ${new Html(form)}
      <div class="choices">
        <button form="op.logoutForm" name="logout" value="yes" autofocus>Sign out</button>
        <button form="op.logoutForm" class="quiet">Stay signed in here</button>
      </div>`,
  );
}

/** `form` is oidc-provider's: the field for the code, with the id op.deviceInputForm. */
export function deviceCodePage(form: string, problem: string | undefined): string {
  const complaint = problem === undefined ? html`` : html`<p class="problem" role="alert">${problem}</p>`;
  return page(
    'Connect a device',
    html`<p>Type the code that your device or command line shows.</p>
      ${complaint} ${new Html(form)}
      <div class="choices"><button form="op.deviceInputForm">Continue</button></div>`,
  );
}

/** `form` is oidc-provider's, with the id op.deviceConfirmForm. */
export function deviceConfirmPage(form: string, client: string, code: string): string {
  return page(
    'Connect this device?',
    html`<p><b>${client}</b> asks to act as you. Go on only if it shows this code:</p>
      <p class="code">${code}</p>
      ${new Html(form)}
      <div class="choices">
        <button form="op.deviceConfirmForm" autofocus>Continue</button>
        <button form="op.deviceConfirmForm" name="abort" value="yes" class="quiet">Refuse</button>
      </div>`,
  );
}

export const messagePage = (title: string, text: string): string => page(title, html`<p>${text}</p>`);

/** `details` as OAuth names them: error, error_description. */
export function errorPage(details: Readonly<Record<string, unknown>>): string {
  const { error, error_description: description } = details;
  return page(
    'This did not work',
    html`<p class="problem" role="alert">${String(description ?? 'The request cannot be served.')}</p>
      <p>Code: <code>${String(error ?? 'unknown')}</code>. Go back to the shop and sign in again.</p>`,
  );
}
