import { mkdtemp, rename, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { hashOf } from '@souk/config';
import { waitFor } from '@souk/testing';
import { aToken, environmentOf, everyServiceIs, FakeService, type Keys, newKeys } from '../gateway.mother.js';
import { FakeProvider } from '../identity/provider.mother.js';
import { freePorts, GatewayProcess } from '../rolling-restart.mother.js';

/** Nobody is sent away for the machine being slow, and no window of a limit ends within a test. */
const PATIENT = {
  limitWindowSeconds: 3_600,
  blockAfter: 0,
  shedFloor: 10_000,
  shedCeiling: 10_000,
  shedLoopMs: 5_000,
  responseCache: false,
  accessLogPercent: 0,
};

/** A gateway in a process of its own, which follows its settings in a file, in front of one service that stands for all. */
export class LimitedGateway {
  readonly service = new FakeService();
  readonly #dir: string;
  readonly #issuer: Keys;
  #provider: FakeProvider | undefined;
  #process: GatewayProcess | undefined;
  #management = 0;

  private constructor(dir: string, issuer: Keys) {
    this.#dir = dir;
    this.#issuer = issuer;
  }

  /** With these settings; `env` besides. */
  static async start(settings: object, env: Record<string, string> = {}): Promise<LimitedGateway> {
    const gateway = new LimitedGateway(await mkdtemp(join(tmpdir(), 'limited-')), await newKeys());
    await gateway.#start(settings, env).catch(async (error: unknown) => {
      await gateway.close();
      throw error;
    });
    return gateway;
  }

  async #start(settings: object, env: Record<string, string>): Promise<void> {
    const { service } = this;
    await service.start();
    this.#provider = await new FakeProvider(this.#issuer).start();
    const keys = { internal: await newKeys(), provider: this.#provider, dir: this.#dir };
    await this.#write(settings);
    const own = { ...(await environmentOf(everyServiceIs(service), keys)), LIVE_SETTINGS_FILE: this.#file, ...env };
    const ports = await freePorts();
    this.#management = ports.management;
    this.#process = new GatewayProcess(own, ports);
    await this.#process.start();
  }

  get port(): number {
    return this.#process?.port ?? 0;
  }

  tokenOf(sub: string): Promise<string> {
    return aToken(this.#issuer, { sub });
  }

  /** Returns when they are in force. */
  async put(settings: object): Promise<void> {
    const hash = hashOf(await this.#write(settings));
    const isInForce = async () => (await this.#ask('/configz')).includes(`"${hash}"`);
    await waitFor(isInForce, { what: 'the settings' });
  }

  metrics(): Promise<string> {
    return this.#ask('/metrics');
  }

  async close(): Promise<void> {
    await this.#process?.stop();
    await this.#provider?.stop();
    await this.service.stop();
    await rm(this.#dir, { recursive: true });
  }

  get #file(): string {
    return join(this.#dir, 'settings.yaml');
  }

  async #write(settings: object): Promise<string> {
    const text = JSON.stringify({ ...PATIENT, ...settings });
    // At once, as `souk config` does it: a file that is half there, or empty for a moment, is a change of its own.
    await writeFile(`${this.#file}.new`, text);
    await rename(`${this.#file}.new`, this.#file);
    return text;
  }

  async #ask(path: string): Promise<string> {
    return (await fetch(`http://127.0.0.1:${this.#management}${path}`)).text();
  }
}
