import { existsSync } from 'node:fs';

/** Where packages of Chromium, and of Chrome, put it. */
const USUAL_PLACES = [
  '/usr/bin/chromium',
  '/usr/bin/chromium-browser',
  '/usr/bin/google-chrome-stable',
  '/usr/bin/google-chrome',
  '/snap/bin/chromium',
  '/Applications/Google Chrome.app/Contents/MacOS/Google Chrome',
  '/Applications/Chromium.app/Contents/MacOS/Chromium',
];

export const HOW_TO_GET_A_BROWSER = 'no Chromium: apt-get install chromium, or name one by SOUK_CHROMIUM';

/** The program that SOUK_CHROMIUM names and nothing else, or the first in a usual place; undefined when there is none. */
export function findBrowser(
  named: string | undefined = process.env.SOUK_CHROMIUM,
  isThere: (path: string) => boolean = existsSync,
): string | undefined {
  return (named ? [named] : USUAL_PLACES).find(isThere);
}
