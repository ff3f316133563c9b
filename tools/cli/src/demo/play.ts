import { styleText } from 'node:util';
import type { Chapter, Stage } from './chapter.ts';

/** How the tour goes on from one chapter to the next; false ends it. */
export type Pause = (signal: AbortSignal) => Promise<boolean>;

export interface PlayedChapter {
  readonly id: string;
  readonly ms: number;
  readonly [fact: string]: unknown;
}

export interface PlayOptions {
  readonly pause: Pause;
  /** Ends the tour: between chapters, or after the one under way has cleaned up. */
  readonly signal: AbortSignal;
  readonly print: (line: string) => void;
}

/** Plays the chapters in order. Resolves to those that were played to the end; @throws what a chapter throws */
export async function play(
  chapters: readonly Chapter[],
  shop: Stage['shop'],
  { pause, signal, print }: PlayOptions,
): Promise<PlayedChapter[]> {
  const played: PlayedChapter[] = [];
  const stage: Stage = {
    shop,
    say: (line) => print(`     ${line}`),
    run: (command) => print(styleText('dim', `   $ ${command}`)),
  };
  for (const [index, chapter] of chapters.entries()) {
    introduce(chapter, `${index + 1}/${chapters.length}`, print);
    if (!(await pause(signal)) || signal.aborted) break;
    const began = performance.now();
    const facts = await chapter.play(stage);
    const ms = Math.round(performance.now() - began);
    print(`   ${styleText('green', '✔')} ${chapter.title} ${styleText('dim', `${(ms / 1_000).toFixed(1)} s`)}`);
    played.push({ id: chapter.id, ...facts, ms });
    if (signal.aborted) break;
  }
  return played;
}

function introduce({ title, about }: Chapter, place: string, print: PlayOptions['print']): void {
  print('');
  print(styleText('bold', `${place}  ${title}`));
  for (const line of about) print(`   ${line}`);
}
