import { Pool } from 'undici';
import { tokensOf } from '../../../tools/cli/src/shop/token.ts';

const USERS = 5;

export interface Refused {
  readonly atMs: number;
  readonly status: number;
  readonly code: string;
}

/** People with tokens that are good, at an even rate, whatever becomes of the answers. */
export class SteadyLoad {
  readonly #pool: Pool;
  readonly #tokens: (user: string) => Promise<string>;
  readonly #underWay = new Set<Promise<void>>();
  readonly #began = performance.now();
  readonly #timer: NodeJS.Timeout;
  readonly refused: Refused[] = [];
  #sent = 0;
  answered = 0;

  /** `issuer` gives the tokens, and is asked for new ones while the old are still good. */
  constructor(gateway: string, issuer: string, perSecond: number) {
    this.#pool = new Pool(gateway, { connections: 20 });
    this.#tokens = tokensOf({ url: issuer, instance: 'test' });
    this.#timer = setInterval(() => this.#catchUp(perSecond), 10);
  }

  /** How many were sent a second, since the start. */
  get perSecond(): number {
    return (this.#sent * 1_000) / (performance.now() - this.#began);
  }

  async stop(): Promise<void> {
    clearInterval(this.#timer);
    await Promise.all(this.#underWay);
    await this.#pool.close();
  }

  /** By the clock, not by the ticks: a late timer sends what it owes. */
  #catchUp(perSecond: number): void {
    const owed = ((performance.now() - this.#began) * perSecond) / 1_000;
    while (this.#sent < owed) {
      const one = this.#ask(`load-${this.#sent % USERS}`);
      this.#sent += 1;
      this.#underWay.add(one);
      void one.finally(() => this.#underWay.delete(one));
    }
  }

  async #ask(user: string): Promise<void> {
    try {
      const headers = { authorization: `Bearer ${await this.#tokens(user)}` };
      const { statusCode, body } = await this.#pool.request({ method: 'GET', path: '/api/cart', headers });
      const text = await body.text();
      if (statusCode === 200) this.answered += 1;
      else this.#note(statusCode, text.slice(0, 200));
    } catch (error) {
      this.#note(0, String(error));
    }
  }

  #note(status: number, code: string): void {
    this.refused.push({ atMs: Math.round(performance.now() - this.#began), status, code });
  }
}
