const ENTITIES: Readonly<Record<string, string>> = {
  '&': '&amp;',
  '<': '&lt;',
  '>': '&gt;',
  '"': '&quot;',
  "'": '&#39;',
};

/** Text that is already HTML; everything else is escaped when it is put into a page. */
export class Html {
  readonly text: string;

  constructor(text: string) {
    this.text = text;
  }
}

/** A piece of a page: what stands in `${…}` is escaped unless it is a piece itself. */
export function html(strings: TemplateStringsArray, ...values: readonly (string | Html | readonly Html[])[]): Html {
  return new Html(strings.map((piece, index) => piece + (index < values.length ? textOf(values[index]) : '')).join(''));
}

function textOf(value: string | Html | readonly Html[] | undefined): string {
  if (value instanceof Html) return value.text;
  if (typeof value === 'string') return value.replace(/[&<>"']/g, (character) => ENTITIES[character] ?? '');
  return (value ?? []).map(({ text }) => text).join('');
}

/** A page of the provider: no script, one style sheet of its own. */
export function page(title: string, body: Html): string {
  return html`<!doctype html>
    <html lang="en">
      <head>
        <meta charset="utf-8" />
        <meta name="viewport" content="width=device-width, initial-scale=1" />
        <title>${title} · Souk identity</title>
        <link rel="stylesheet" href="/assets/identity.css" />
      </head>
      <body>
        <main>
          <p class="brand">Souk <span>identity simulator</span></p>
          <h1>${title}</h1>
          ${body}
        </main>
      </body>
    </html>`.text;
}
