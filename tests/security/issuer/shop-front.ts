import { mkdtempSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { freePort } from '@souk/testing';
import type { JWK } from 'jose';
import { newKey } from '../../../tools/cli/src/secrets.ts';
import { upstreamsAt } from '../support/door.ts';
import { Echo } from '../support/echo.ts';
import { type Extra, startExtra } from '../support/process.ts';

/** Nobody is refused for any other reason than who they are. */
const GATEWAY_SETTINGS = {
  limitAnonymous: 10_000_000,
  limitUser: 10_000_000,
  shedFloor: 10_000,
  shedCeiling: 10_000,
  responseCache: false,
  accessLogPercent: 0,
};

export interface IssuerSettings {
  readonly tokenSeconds: number;
  readonly keyOverlapSeconds: number;
}

export interface KeysOfIssuer {
  readonly signing: string;
  readonly published: readonly string[];
}

/** An identity provider of its own and a gateway that believes it, before an echo. */
export class ShopFront {
  readonly #folder = mkdtempSync(join(tmpdir(), 'issuer-'));
  readonly #keysFile = join(this.#folder, 'keys.json');
  readonly #settingsFile = join(this.#folder, 'identity.yaml');
  readonly #echo = new Echo();
  #issuer = '';
  #port = 0;
  #provider: Extra | undefined;
  #gateway: Extra | undefined;

  static async open(settings: IssuerSettings, variants = ''): Promise<ShopFront> {
    const front = new ShopFront();
    try {
      await front.#open(settings, variants);
      return front;
    } catch (error) {
      await front.close();
      throw error;
    }
  }

  get gateway(): string {
    return this.#gateway?.url ?? '';
  }

  get issuer(): string {
    return this.#issuer;
  }

  /** What signs now; a thief has a copy. */
  signingKey(): JWK {
    const { keys } = JSON.parse(readFileSync(this.#keysFile, 'utf8')) as { keys: JWK[] };
    return keys[0] ?? {};
  }

  /** What the provider says of its keys, at once after this began a rotation. */
  async rotate(): Promise<KeysOfIssuer> {
    return (await this.#knob('POST')) as KeysOfIssuer;
  }

  async keys(): Promise<KeysOfIssuer> {
    return (await this.#knob('GET')) as KeysOfIssuer;
  }

  killProvider(): void {
    process.kill(this.#provider?.pid ?? NaN, 'SIGKILL');
  }

  /** The provider again, at the same address and with the same keys. */
  async startProvider(variants = ''): Promise<void> {
    this.#provider = await startExtra('identity', {
      HTTP_PORT: String(this.#port),
      IDENTITY_ISSUER: this.#issuer,
      IDENTITY_KEYS_FILE: this.#keysFile,
      IDENTITY_CORPORATE_ISSUER: undefined,
      LIVE_SETTINGS_FILE: this.#settingsFile,
      SOUK_VARIANTS: variants,
    });
  }

  /** The echo keeps what it was asked; a long run would fill the memory with it. */
  forget(): void {
    this.#echo.forget();
  }

  async close(): Promise<void> {
    await Promise.all([this.#gateway?.stop(), this.#provider?.stop()]);
    await this.#echo.stop();
    rmSync(this.#folder, { recursive: true });
  }

  async #open({ tokenSeconds, keyOverlapSeconds }: IssuerSettings, variants: string): Promise<void> {
    await this.#echo.start();
    this.#port = await freePort();
    this.#issuer = `http://127.0.0.1:${this.#port}`;
    const gatewaySettings = join(this.#folder, 'gateway.yaml');
    writeFileSync(this.#settingsFile, JSON.stringify({ tokenSeconds, keyOverlapSeconds }));
    writeFileSync(gatewaySettings, JSON.stringify(GATEWAY_SETTINGS));
    writeFileSync(`${this.#keysFile}.new`, JSON.stringify({ keys: [(await newKey()).privateJwk] }), { mode: 0o600 });
    renameSync(`${this.#keysFile}.new`, this.#keysFile);
    await this.startProvider(variants);
    this.#gateway = await startExtra('gateway', {
      ...upstreamsAt(this.#echo.url),
      LIVE_SETTINGS_FILE: gatewaySettings,
      UPSTREAM_MANAGEMENT_PORT: undefined,
      KAFKA_BROKERS: undefined,
      VALKEY_URL: undefined,
      ISSUERS_FILE: undefined,
      OIDC_ISSUER: this.#issuer,
      OIDC_URL: undefined,
    });
  }

  async #knob(method: 'GET' | 'POST'): Promise<unknown> {
    const answer = await fetch(`${this.#issuer}/knobs/rotate-key`, { method });
    if (!answer.ok) throw new Error(`the provider turns no key: ${answer.status}`);
    return answer.json();
  }
}
