import { ApiClient } from './api-client.ts';
import type { ApiAnswer } from './api-client.ts';

/** What of a shop the commands of its administrator need. */
export interface AdministeredShop {
  readonly instance: string;
  readonly gatewayUrl: string;
  readonly token: (user: string) => Promise<string>;
}

const ADMIN = 'admin';

/** One part of the public API, as the shop's administrator; paths are relative to it. */
export class AdminApi {
  /** For hints. */
  readonly instance: string;
  readonly #shop: AdministeredShop;
  readonly #path: string;
  readonly #api: ApiClient;

  constructor(shop: AdministeredShop, path: string, api = new ApiClient(shop.gatewayUrl, shop.instance)) {
    this.instance = shop.instance;
    this.#shop = shop;
    this.#path = path;
    this.#api = api;
  }

  /** Any status is an answer. */
  async send<T>(method: string, path: string): Promise<ApiAnswer<T>> {
    return this.#api.send<T>(method, this.#path + path, { token: await this.#shop.token(ADMIN) });
  }

  /** The body; every other status is an ApiError. */
  async expect<T>(status: number, method: string, path: string, body?: object): Promise<T> {
    const token = await this.#shop.token(ADMIN);
    return this.#api.expect<T>([status], method, this.#path + path, { token, ...(body && { body }) });
  }
}
