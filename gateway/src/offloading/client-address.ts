import { BlockList, isIP, isIPv4 } from 'node:net';
import type { FastifyRequest } from 'fastify';

/** Ranges of all addresses there are: for where nobody can call but who is to be believed. */
export const EVERYBODY = ['0.0.0.0/0', '::/0'];

/** Who is at the other end, as far as it can be known. */
export interface Client {
  /** Without a port or zone; an IPv4 address in its own form, not mapped. */
  readonly address: string;
  readonly proto: 'http' | 'https';
  /** As the client wrote it. */
  readonly host: string | undefined;
  /** For `X-Forwarded-For`: the client, then every proxy that is believed, ours at the end. */
  readonly forwardedFor: string;
}

type Request = Pick<FastifyRequest, 'headers'> & {
  readonly raw: {
    readonly socket?: { readonly remoteAddress?: string | undefined; readonly encrypted?: boolean };
    /** A part of a batch: it comes from inside this process, without a connection. */
    readonly isLightMyRequest?: boolean;
  };
};

/**
 * Pattern: Gateway Offloading. Tells the address of a caller. Anybody can write `X-Forwarded-*`, so they count only where the
 * connection comes from a proxy that is trusted, and of its list only what stands right of the first address that is not.
 */
export class ClientAddresses {
  readonly #trusted: BlockList | undefined;

  /** Addresses or CIDR ranges, as `10.0.0.0/8`; none by default. */
  constructor(trusted: readonly string[] = []) {
    this.#trusted = trusted.length === 0 ? undefined : blockListOf(trusted);
  }

  /** What the connection says when nobody is trusted: cheap enough for every request. */
  addressOf(request: Request): string {
    const peer = peerOf(request);
    return this.#trusted === undefined || !this.#isTrusted(peer) ? peer : this.of(request).address;
  }

  /** What services are told of it. Their log may want it; nothing of it decides anything there. */
  headersOf(request: Request): Record<string, string> {
    const { address, proto, host, forwardedFor } = this.of(request);
    const headers: Record<string, string> = {
      'x-forwarded-for': forwardedFor,
      'x-forwarded-proto': proto,
      'x-real-ip': address,
    };
    if (host !== undefined) headers['x-forwarded-host'] = host;
    return headers;
  }

  of(request: Request): Client {
    const { headers, raw } = request;
    const peer = peerOf(request);
    const seen = raw.socket?.encrypted === true ? 'https' : 'http';
    const told = single(headers['x-forwarded-proto']);
    const proto = told === 'http' || told === 'https' ? told : seen;
    if (this.#trusted === undefined || !this.#isTrusted(peer))
      return { address: peer, proto: raw.isLightMyRequest ? proto : seen, host: headers.host, forwardedFor: peer };
    const chain = this.#believed(headers['x-forwarded-for'], peer);
    return {
      address: chain[0] ?? peer,
      proto,
      host: single(headers['x-forwarded-host']) ?? headers.host,
      forwardedFor: chain.join(', '),
    };
  }

  /** From the client to the peer. Ends at what is no address: nobody can say what stands left of it. */
  #believed(header: string | string[] | undefined, peer: string): string[] {
    const chain = [peer];
    const told = [header ?? []].flat().join(',').split(',');
    for (const entry of told.reverse()) {
      const address = plain(entry.trim());
      if (isIP(address) === 0) break;
      chain.unshift(address);
      if (!this.#isTrusted(address)) break;
    }
    return chain;
  }

  #isTrusted(address: string): boolean {
    return this.#trusted?.check(address, isIPv4(address) ? 'ipv4' : 'ipv6') ?? false;
  }
}

/** @throws Error naming what is no address or range */
export function blockListOf(ranges: readonly string[]): BlockList {
  const list = new BlockList();
  for (const range of ranges) {
    const [address = '', prefix] = range.split('/');
    const bits = { 0: -1, 4: 32, 6: 128 }[isIP(address)] ?? -1;
    const length = prefix === undefined ? bits : /^\d{1,3}$/.test(prefix) ? Number(prefix) : -1;
    if (bits < 0 || length < 0 || length > bits) throw new Error(`${range} is no address and no CIDR range`);
    list.addSubnet(address, length, bits === 32 ? 'ipv4' : 'ipv6');
  }
  return list;
}

const peerOf = ({ raw }: Request): string => plain(raw.socket?.remoteAddress ?? '0.0.0.0');

/** A socket that takes both families writes IPv4 addresses as `::ffff:1.2.3.4`. */
const plain = (address: string): string => (address.startsWith('::ffff:') ? address.slice(7) : address);

const single = (header: string | string[] | undefined): string | undefined =>
  typeof header === 'string' && header !== '' ? header : undefined;
