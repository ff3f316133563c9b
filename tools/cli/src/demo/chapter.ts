import type { DemoShop } from './demo-shop.ts';

/** What a chapter needs: the shop, and a way to show people something. */
export interface Stage {
  readonly shop: DemoShop;
  /** A line of what happened. */
  say(line: string): void;
  /** The command line or request that does the same by hand. */
  run(command: string): void;
}

/** One stop of the tour. */
export interface Chapter {
  readonly id: string;
  readonly title: string;
  /** Two lines: what will be seen, and why it is so. */
  readonly about: readonly [string, string];
  /** Does it and resolves to what --json tells about it. @throws CliError when the shop did something else */
  play(stage: Stage): Promise<Readonly<Record<string, unknown>>>;
}
