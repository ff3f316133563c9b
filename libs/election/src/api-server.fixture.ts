import { randomUUID } from 'node:crypto';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

interface StoredLease {
  readonly metadata: { readonly name: string; readonly resourceVersion: string };
  readonly spec: Record<string, unknown>;
}

/** The leases of an API server: optimistic locking by resourceVersion, and the fields that it would refuse. */
export class ApiServer {
  readonly leases = new Map<string, StoredLease>();
  readonly token = randomUUID();
  /** Answers everything with this status while it is set. */
  failsWith: number | undefined;
  #version = 1;
  #server = createServer((request, response) => void this.#answer(request, response));
  credentials = '';

  async open(): Promise<string> {
    this.credentials = await mkdtemp(join(tmpdir(), 'souk-election-'));
    await writeFile(join(this.credentials, 'token'), `${this.token}\n`);
    await writeFile(join(this.credentials, 'namespace'), 'shop');
    await new Promise<void>((resolve) => this.#server.listen(0, '127.0.0.1', resolve));
    return `http://127.0.0.1:${(this.#server.address() as AddressInfo).port}`;
  }

  async close(): Promise<void> {
    this.#server.closeAllConnections();
    this.#server.close();
    await rm(this.credentials, { recursive: true });
  }

  async #answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const body = JSON.parse((await textOf(request)) || '{}') as StoredLease;
    const [status, answer] = this.#respond(request, body);
    response.writeHead(status, { 'content-type': 'application/json' }).end(JSON.stringify(answer));
  }

  #respond({ method, url, headers }: IncomingMessage, body: StoredLease): [number, object] {
    if (this.failsWith) return [this.failsWith, { kind: 'Status', metadata: {} }];
    if (headers.authorization !== `Bearer ${this.token}`) return [401, { kind: 'Status', metadata: {} }];
    const [, name = ''] =
      /^\/apis\/coordination\.k8s\.io\/v1\/namespaces\/shop\/leases(?:\/([a-z0-9-]+))?$/.exec(url ?? '') ?? [];
    const known = this.leases.get(name);
    if (method === 'POST') return this.leases.has(body.metadata.name) ? conflict : [201, this.#store(body)];
    if (!known) return [404, { kind: 'Status', metadata: {} }];
    if (method === 'GET') return [200, known];
    return body.metadata.resourceVersion === known.metadata.resourceVersion ? [200, this.#store(body)] : conflict;
  }

  #store(body: StoredLease): StoredLease {
    // As the real one parses metav1.MicroTime.
    for (const field of ['acquireTime', 'renewTime'])
      if (!/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{6}Z$/.test(String(body.spec[field])))
        throw new Error(`${field} is no MicroTime`);
    const lease = { ...body, metadata: { ...body.metadata, resourceVersion: String(++this.#version) } };
    this.leases.set(lease.metadata.name, lease);
    return lease;
  }
}

const conflict: [number, object] = [409, { kind: 'Status', metadata: {} }];

async function textOf(request: IncomingMessage): Promise<string> {
  const chunks: Buffer[] = [];
  for await (const chunk of request) chunks.push(chunk as Buffer);
  return Buffer.concat(chunks).toString();
}
