import type { ConfigDocument } from './documents.ts';
import type { Place } from './place.ts';
import { settingsHash } from './settings.ts';

/** A shop in memory: what is written is in force on one replica at once. */
export class MemoryPlace implements Place {
  readonly title = 'a test';
  readonly texts = new Map<string, string>();
  readonly histories = new Map<string, string>();
  /** In the order in which it was done. */
  readonly done: string[] = [];

  readDocument = async ({ name, packaged }: ConfigDocument) => this.texts.get(name) ?? packaged;
  writeDocument = async ({ name }: ConfigDocument, text: string) => {
    this.done.push(`write ${name}`);
    this.texts.set(name, text);
  };
  readHistory = async ({ name }: ConfigDocument) => this.histories.get(name) ?? '';
  writeHistory = async ({ name }: ConfigDocument, text: string) => {
    this.done.push(`remember ${name}`);
    this.histories.set(name, text);
  };
  readSecret = () => Promise.reject(new Error('not asked for'));
  writeSecret = () => Promise.reject(new Error('not asked for'));
  refresh = async (service: string) => void this.done.push(`refresh ${service}`);
  ask = async (service: string) => [
    {
      replica: `${service}-1`,
      body: {
        settings: { hash: settingsHash(this.texts.get(service) ?? ''), beside: this.#beside() },
        routes: { hash: settingsHash(this.texts.get('routes') ?? '') },
      },
    },
  ];
  #beside = () =>
    Object.fromEntries(
      ['global', 'environment'].flatMap((scope) => {
        const text = this.texts.get(scope);
        return text === undefined ? [] : [[scope, settingsHash(text)]];
      }),
    );
  withSuperuser = () => Promise.reject(new Error('not asked for'));
  close = async () => undefined;
}
