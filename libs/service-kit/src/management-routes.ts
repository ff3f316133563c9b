export type ManagementHandler = () => Promise<{ status: number; body: unknown }> | { status: number; body: unknown };

/** Further GET routes of the management port, answered as JSON; never reachable through the API port. */
export class ManagementRoutes {
  readonly #routes = new Map<string, ManagementHandler>();

  add(path: string, handler: ManagementHandler): void {
    this.#routes.set(path, handler);
  }

  find(path: string): ManagementHandler | undefined {
    return this.#routes.get(path);
  }
}
