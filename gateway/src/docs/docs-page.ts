/** The reference for people: Swagger UI from our own files, set up by `SETUP`. */
export const PAGE = `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>Souk API</title>
<link rel="icon" href="data:,">
<link rel="stylesheet" href="/docs/swagger-ui.css">
<link rel="stylesheet" href="/docs/docs.css">
</head>
<body>
<header><a href="/">Souk</a><nav><a href="/openapi.json">OpenAPI</a><a href="/asyncapi.json">AsyncAPI</a></nav></header>
<main id="reference"><noscript>This page needs JavaScript; <a href="/openapi.json">the document itself</a> does not.</noscript></main>
<script src="/docs/swagger-ui-bundle.js"></script>
<script src="/docs/docs.js"></script>
</body>
</html>
`;

/** A write that the cookie signs needs the session's CSRF token: fetched here, so that trying it out just works. */
export const SETUP = `'use strict';
async function withCsrfToken(request) {
  const isWrite = !['GET', 'HEAD'].includes((request.method || 'GET').toUpperCase());
  if (!isWrite || request.headers.Authorization || request.headers['x-csrf-token']) return request;
  const session = await fetch('/auth/session');
  if (session.ok) request.headers['x-csrf-token'] = (await session.json()).csrfToken;
  return request;
}
SwaggerUIBundle({
  url: '/openapi.json',
  dom_id: '#reference',
  deepLinking: true,
  docExpansion: 'list',
  defaultModelsExpandDepth: 0,
  displayRequestDuration: true,
  filter: true,
  tryItOutEnabled: true,
  // Either would ask a foreign host.
  validatorUrl: null,
  oauth2RedirectUrl: null,
  requestInterceptor: withCsrfToken,
});
`;

export const STYLE = `body { margin: 0; background: #fff; }
header { display: flex; justify-content: space-between; padding: .8rem 1.2rem; background: #2b1d0e; font: 600 1rem system-ui, sans-serif; }
header a { color: #ffe9c7; text-decoration: none; margin-right: 1.2rem; }
header a:hover, header a:focus-visible { text-decoration: underline; }
noscript { display: block; padding: 2rem; font: 1rem system-ui, sans-serif; }
.swagger-ui .info { margin: 24px 0; }
.swagger-ui .scheme-container { box-shadow: none; border-block: 1px solid #e4e4e4; padding: 12px 0; }
`;

/** Nothing from elsewhere, nothing inline; data: is for the icons inside Swagger UI's style sheet. */
export const CONTENT_SECURITY_POLICY = [
  "default-src 'none'",
  "script-src 'self'",
  "style-src 'self'",
  "img-src 'self' data:",
  "connect-src 'self'",
  "base-uri 'none'",
  "form-action 'none'",
  "frame-ancestors 'none'",
].join('; ');
