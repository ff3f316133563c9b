import { spawn } from 'node:child_process';
import { Argument, type Command } from 'commander';
import { runToExit } from '../output.ts';
import { shopContext } from '../shop/context.ts';
import { instanceCommand } from './options.ts';
import type { InstanceOptions } from './options.ts';

const PAGES = {
  shop: { path: '/', what: 'the shop' },
  docs: { path: '/docs', what: 'the API reference' },
  guide: { path: '/guide', what: 'the guide to the API by curl' },
} as const;
type Page = keyof typeof PAGES;

/** What opens an address on a desktop, by platform. */
const OPENERS: Readonly<Partial<Record<NodeJS.Platform, string>>> = { linux: 'xdg-open', darwin: 'open' };

export function command(): Command {
  const pages = Object.entries(PAGES).map(([name, { what }]) => `  ${name.padEnd(8)}${what}`);
  return instanceCommand()
    .addArgument(new Argument('[page]', 'which page').choices(Object.keys(PAGES)).default('shop'))
    .addHelpText('after', `\nPages:\n${pages.join('\n')}\n\nThe address is printed in any case.`)
    .action((page: Page, options: InstanceOptions) => runToExit(options.json, () => open(page, options)));
}

async function open(page: Page, { instance, json }: InstanceOptions): Promise<Record<string, unknown>> {
  const url = pageUrl(page, shopContext(instance).gatewayUrl);
  if (!json) console.log(url);
  const { platform, env, stdout } = process;
  const opener = openerFor({ platform, env, isTerminal: stdout.isTTY === true });
  return { url, openerStarted: opener !== undefined && (await started(opener, url)) };
}

export const pageUrl = (page: Page, gatewayUrl: string): string =>
  new URL(PAGES[page].path, gatewayUrl.replace('127.0.0.1', 'localhost')).href;

/** Only where somebody could see it: a desktop, and a terminal in front of it. */
export function openerFor(where: {
  readonly platform: NodeJS.Platform;
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly isTerminal: boolean;
}): string | undefined {
  const { DISPLAY, WAYLAND_DISPLAY } = where.env;
  const hasDesktop = where.platform !== 'linux' || Boolean(DISPLAY || WAYLAND_DISPLAY);
  return where.isTerminal && hasDesktop ? OPENERS[where.platform] : undefined;
}

/** Whether it began: whether a browser then showed the page, nobody tells. */
function started(opener: string, url: string): Promise<boolean> {
  return new Promise((resolve) => {
    const child = spawn(opener, [url], { stdio: 'ignore', detached: true });
    child.once('error', () => resolve(false));
    child.once('spawn', () => resolve(true));
    child.unref();
  });
}
