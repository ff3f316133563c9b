import { styleText } from 'node:util';
import { describeError, errorLines } from './errors.ts';

const SPIN_EVERY_MS = 100;
const FRAMES = '⠋⠙⠹⠸⠼⠴⠦⠧⠇⠏';

interface Step {
  readonly title: string;
  readonly startedAt: number;
  note: string;
}

/** How a step tells what it is doing and, in the line that stays, what came of it. */
export interface StepReport {
  doing(text: string): void;
  result(text: string): void;
}

/** Progress for people: live lines on a terminal, plain lines elsewhere. */
export class Progress {
  readonly #live: boolean;
  readonly #running = new Set<Step>();
  #frame = 0;
  #drawn = 0;
  #timer: NodeJS.Timeout | undefined;

  constructor(live = process.stdout.isTTY === true) {
    this.#live = live;
  }

  /** Runs one step and shows it with its time. */
  async step<T>(title: string, work: (report: StepReport) => Promise<T>): Promise<T> {
    const step: Step = { title, startedAt: performance.now(), note: '' };
    this.#begin(step);
    try {
      let outcome = '';
      const value = await work({ doing: (text) => this.#note(step, text), result: (text) => (outcome = text) });
      step.note = outcome;
      this.#end(step, styleText('green', '✔'));
      return value;
    } catch (error) {
      this.#end(step, styleText('red', '✖'));
      throw error;
    }
  }

  line(text: string): void {
    this.#erase();
    console.log(text);
    this.#draw();
  }

  #begin(step: Step): void {
    this.#running.add(step);
    if (!this.#live) return;
    this.#timer ??= setInterval(() => {
      this.#frame += 1;
      this.#erase();
      this.#draw();
    }, SPIN_EVERY_MS).unref();
  }

  #note(step: Step, text: string): void {
    step.note = text;
    if (!this.#live) console.log(`  … ${step.title}: ${text}`);
  }

  #end(step: Step, mark: string): void {
    this.#running.delete(step);
    const seconds = ((performance.now() - step.startedAt) / 1000).toFixed(1);
    this.line(`  ${mark} ${step.title}${step.note ? ` · ${step.note}` : ''} ${styleText('dim', `${seconds} s`)}`);
    if (this.#running.size > 0) return;
    clearInterval(this.#timer);
    this.#timer = undefined;
  }

  #erase(): void {
    if (this.#drawn > 0) process.stdout.write(`\u001b[${this.#drawn}A\u001b[0J`);
    this.#drawn = 0;
  }

  #draw(): void {
    if (!this.#live) return;
    for (const { title, note } of this.#running) {
      const text = `  ${FRAMES[this.#frame % FRAMES.length]} ${title}${note ? ` · ${note}` : ''}`;
      process.stdout.write(`${text.slice(0, (process.stdout.columns || 80) - 1)}\n`);
    }
    this.#drawn = this.#running.size;
  }
}

/**
 * Runs a command to its exit code. With --json the last line of stdout is one object: `status` ok and what the command
 * returns, or `status` failed and what / why / fix.
 */
export async function runToExit(
  json: boolean,
  command: () => Promise<Readonly<Record<string, unknown>>>,
): Promise<void> {
  try {
    const result = await command();
    if (json) console.log(JSON.stringify({ status: 'ok', ...result }));
    if (result.status === 'failed') process.exitCode = 1;
  } catch (error) {
    const described = describeError(error);
    for (const line of errorLines(described)) console.error(line);
    if (process.env.SOUK_DEBUG) console.error(error);
    if (json) console.log(JSON.stringify({ status: 'failed', error: described }));
    process.exitCode = 1;
  }
}
