import { stripVTControlCharacters } from 'node:util';
import type { Plan } from '../experiment/plan.ts';
import type { Recorder } from '../run/recorder.ts';
import { liveLines, markLine, plainLine } from './lines.ts';

const REDRAW_EVERY_MS = 500;
/** Without a terminal: a line for each mark at once, the figures now and then. */
const FIGURES_EVERY_MS = 5_000;

export interface Screen {
  readonly isLive: boolean;
  readonly columns: number;
  write(text: string): void;
}

export const screenOf = (stream: NodeJS.WriteStream): Screen => ({
  isLive: stream.isTTY === true,
  columns: stream.columns ?? 80,
  write: (text) => void stream.write(text),
});

/** Shows a run while it goes on: what happened stays, the figures of a terminal are drawn over. */
export class LiveView {
  readonly #plan: Plan;
  readonly #screen: Screen;
  #recorder: Recorder | undefined;
  #timer: NodeJS.Timeout | undefined;
  #shown = 0;
  #drawn = 0;
  #figuresAt = 0;

  constructor(plan: Plan, screen: Screen) {
    this.#plan = plan;
    this.#screen = screen;
  }

  start(recorder: Recorder): void {
    this.#recorder = recorder;
    this.#timer = setInterval(() => this.draw(), REDRAW_EVERY_MS);
  }

  stop(): void {
    clearInterval(this.#timer);
    this.#erase();
    this.#marks();
  }

  draw(): void {
    const recorder = this.#recorder;
    if (recorder === undefined) return;
    this.#erase();
    this.#marks();
    const now = recorder.now();
    if (this.#screen.isLive) {
      const lines = liveLines(this.#plan, recorder, now).map((line) => this.#cut(line));
      for (const line of lines) this.#screen.write(`${line}\n`);
      this.#drawn = lines.length;
    } else if (recorder.answers.length > 0 && now - this.#figuresAt >= FIGURES_EVERY_MS) {
      this.#figuresAt = now;
      this.#screen.write(`${plainLine(recorder, now)}\n`);
    }
  }

  #marks(): void {
    const marks = this.#recorder?.marks ?? [];
    for (const mark of marks.slice(this.#shown)) this.#screen.write(`${markLine(mark)}\n`);
    this.#shown = marks.length;
  }

  #erase(): void {
    if (this.#drawn > 0) this.#screen.write(`\u001b[${this.#drawn}A\u001b[0J`);
    this.#drawn = 0;
  }

  /** A line that wraps would be two when it is erased. */
  #cut(line: string): string {
    const visible = stripVTControlCharacters(line).length;
    return visible < this.#screen.columns ? line : line.slice(0, this.#screen.columns - 1 + line.length - visible);
  }
}
