import { createPrivateKey, X509Certificate } from 'node:crypto';
import { createSecureContext, type Server, type TlsOptions } from 'node:tls';
import { hashOf, type Watched, WatchedFile, type WatchLogger, type WatchStatus } from '@souk/config';
import type { Metrics } from '@souk/observability';
import type { WatchedFiles } from '@souk/service-kit';
import type { FastifyInstance } from 'fastify';

/** A certificate with its chain, and the key that belongs to it, both PEM. */
export interface Certificate {
  readonly cert: string;
  readonly key: string;
  /** Epoch seconds. */
  readonly notBefore: number;
  readonly notAfter: number;
}

/** @throws Error naming what is wrong, never the key */
export function parseCertificate(cert: string, key: string): Certificate {
  const leaf = opened('certificate', () => new X509Certificate(cert));
  const secret = opened('private key', () => createPrivateKey(key));
  if (!leaf.checkPrivateKey(secret)) throw new Error('the private key is not that of the certificate');
  // The leaf is the first of the chain: what comes below it would be refused by the server, when it is in force already.
  opened('certificate chain', () => createSecureContext({ cert, key }));
  return { cert, key, notBefore: seconds(leaf.validFrom), notAfter: seconds(leaf.validTo) };
}

const seconds = (date: string): number => Math.floor(Date.parse(date) / 1_000);

function opened<T>(what: string, open: () => T): T {
  try {
    return open();
  } catch {
    // Without a cause, which may quote the file.
    throw new Error(`there is no readable ${what}`);
  }
}

/** TLS 1.2 at least, with the ciphers of Node for it; one protocol, because the server speaks no other. */
export const tlsOptions = ({ cert, key }: Certificate): TlsOptions => ({
  cert,
  key,
  minVersion: 'TLSv1.2',
  ALPNProtocols: ['http/1.1'],
});

/** Followed from the start on; undefined where the gateway speaks plain HTTP. @throws Error when the files hold no pair */
export const certificateOf = (config: {
  readonly TLS_CERT_FILE?: string | undefined;
  readonly TLS_KEY_FILE?: string | undefined;
}): CertificateFiles | undefined =>
  config.TLS_CERT_FILE === undefined || config.TLS_KEY_FILE === undefined
    ? undefined
    : new CertificateFiles(config.TLS_CERT_FILE, config.TLS_KEY_FILE, () => Math.floor(Date.now() / 1_000));

/** From now on, new connections see the new certificate; those that are open stay as they are. */
function presentTo(server: Server, { cert, key }: Certificate): void {
  server.setSecureContext({ cert, key, minVersion: 'TLSv1.2' });
}

interface Around {
  readonly fastify: FastifyInstance;
  readonly metrics: Pick<Metrics, 'counter' | 'gauge'>;
  readonly files: Pick<WatchedFiles, 'follow'>;
}

/** Whoever is called from outside shows the certificate that is in force, and tells until when it is good. */
export function presentCertificate(certificate: Watched<Certificate>, { fastify, metrics, files }: Around): void {
  const server = fastify.server as unknown as Server;
  // It may have changed since the server was made.
  presentTo(server, certificate.value);
  certificate.onChange((next) => presentTo(server, next));
  files.follow(certificate, ({ notBefore, notAfter }) => ({ notBefore, notAfter }));
  metrics.gauge(
    'souk_certificate_not_after_seconds',
    'When the certificate of this door expires, in epoch seconds.',
    () => certificate.value.notAfter,
  );
  metrics.gauge('souk_certificate_not_before_seconds', 'Since when it is good.', () => certificate.value.notBefore);
  metrics.counter(
    'souk_certificate_changes_total',
    'Certificates that took the place of another.',
    () => certificate.status().changes,
  );
  metrics.counter(
    'souk_certificate_refused_total',
    'Certificates that were refused.',
    () => certificate.status().refused,
  );
}

/**
 * Follows two files as one: a certificate is in force only with the key that belongs to it. While only one of them is new, and when they do
 * not fit, the last good pair stays; an expired one never takes the place of a good one.
 */
export class CertificateFiles implements Watched<Certificate> {
  readonly name = 'certificate';
  readonly #cert: WatchedFile<string>;
  readonly #key: WatchedFile<string>;
  readonly #now: () => number;
  readonly #listeners: ((next: Certificate, previous: Certificate) => void)[] = [];
  #value: Certificate;
  #status: WatchStatus;
  #logger: WatchLogger | undefined;

  /** `now` in epoch seconds. @throws Error when there is no pair at the start */
  constructor(certFile: string, keyFile: string, now: () => number) {
    const parse = (text: string): string => text;
    this.#cert = new WatchedFile({ name: 'certificate', file: certFile, parse });
    this.#key = new WatchedFile({ name: 'certificate key', file: keyFile, parse });
    this.#now = now;
    this.#value = parseCertificate(this.#cert.value, this.#key.value);
    const loadedAt = new Date(now() * 1_000).toISOString();
    this.#status = { file: certFile, hash: this.#hash(), loadedAt, changes: 0, refused: 0, lastError: undefined };
    this.#cert.onChange(() => this.#look(this.#key));
    this.#key.onChange(() => this.#look(this.#cert));
  }

  get value(): Certificate {
    return this.#value;
  }

  status(): WatchStatus {
    return this.#status;
  }

  onChange(listener: (next: Certificate, previous: Certificate) => void): void {
    this.#listeners.push(listener);
  }

  start(logger: WatchLogger): void {
    this.#logger = logger;
    const silent = { info: () => undefined, error: (fields: object, message: string) => logger.error(fields, message) };
    this.#cert.start(silent);
    this.#key.start(silent);
  }

  stop(): void {
    this.#cert.stop();
    this.#key.stop();
  }

  /** Looks at both now, without waiting for the operating system. */
  refresh(): void {
    this.#cert.refresh();
    this.#key.refresh();
  }

  /** The other file may have changed in the same moment, as with a mounted Secret: nobody complains before both were read. */
  #look(other: WatchedFile<string>): void {
    other.refresh();
    if (this.#hash() === this.#status.hash) {
      // What was wrong in between was taken back.
      this.#status = { ...this.#status, lastError: undefined };
      return;
    }
    try {
      const next = parseCertificate(this.#cert.value, this.#key.value);
      if (next.notAfter <= this.#now()) throw new Error('the certificate has expired');
      this.#take(next);
    } catch (error) {
      this.#refuse(error instanceof Error ? error.message : String(error));
    }
  }

  #take(next: Certificate): void {
    const previous = this.#value;
    this.#value = next;
    const { changes } = this.#status;
    const loadedAt = new Date(this.#now() * 1_000).toISOString();
    this.#status = { ...this.#status, hash: this.#hash(), loadedAt, changes: changes + 1, lastError: undefined };
    const { notAfter } = next;
    this.#logger?.info(
      { config: this.name, notAfter: new Date(notAfter * 1_000).toISOString() },
      'configuration changed',
    );
    for (const listener of this.#listeners) listener(next, previous);
  }

  #refuse(reason: string): void {
    this.#status = { ...this.#status, refused: this.#status.refused + 1, lastError: reason };
    const { file } = this.#status;
    this.#logger?.error({ config: this.name, file, reason }, 'configuration refused, the last good one stays');
  }

  #hash(): string {
    return hashOf(`${this.#cert.value}\n${this.#key.value}`);
  }
}
