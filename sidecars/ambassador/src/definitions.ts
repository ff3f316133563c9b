import { readFile } from 'node:fs/promises';
import { parse as parseYaml } from 'yaml';
import type { z } from 'zod';
import { ambassadorSettings, type UpstreamSettings } from './settings.js';

const { X509Certificate } = process.getBuiltinModule('node:crypto');
const { createSecureContext } = process.getBuiltinModule('node:tls');

/** An upstream with everything that its settings point to: contents, not names of files. */
export interface UpstreamDefinition {
  readonly name: string;
  readonly settings: UpstreamSettings;
  readonly tls?: {
    readonly ca: string | undefined;
    readonly cert: string | undefined;
    readonly key: string | undefined;
    readonly servername: string | undefined;
  };
  readonly headers: Readonly<Record<string, string>>;
}

const CERTIFICATE = /-----BEGIN [A-Z0-9 ]*CERTIFICATE-----[^-]*-----END [A-Z0-9 ]*CERTIFICATE-----/g;

/** Why a configuration cannot be used. Names files and fields, never what is in a secret. */
export class UnusableConfig extends Error {
  override readonly name = 'UnusableConfig';
}

/** Reads a configuration with all the files that it names. A text that did not change is not parsed again. */
export class DefinitionReader {
  #known: { readonly text: string; readonly upstreams: Record<string, UpstreamSettings> } | undefined;

  constructor(private readonly file: string) {}

  /** @throws UnusableConfig */
  async read(): Promise<UpstreamDefinition[]> {
    const text = await read(this.file);
    if (this.#known?.text !== text) this.#known = { text, upstreams: parseSettings(text) };
    return Promise.all(Object.entries(this.#known.upstreams).map(([name, settings]) => define(name, settings)));
  }
}

/** @throws UnusableConfig */
export function parseSettings(text: string): Record<string, UpstreamSettings> {
  let document: unknown;
  try {
    document = parseYaml(text);
  } catch (error) {
    throw new UnusableConfig(`no YAML: ${messageOf(error).split('\n', 1)[0]}`);
  }
  const result = ambassadorSettings.safeParse(document);
  if (result.success) return result.data.upstreams;
  const problems = result.error.issues.map((issue) => `${issue.path.join('.') || 'the file'}: ${reasonOf(issue)}`);
  throw new UnusableConfig(problems.join('; '));
}

/**
 * A certificate that was replaced before its key, or half a file, is noticed here and not by the first call.
 * @throws UnusableConfig
 */
export function refuseUnusableTls({ name, tls }: UpstreamDefinition): void {
  if (tls === undefined) return;
  try {
    for (const part of ['ca', 'cert', 'key'] as const)
      if (tls[part]?.trim() === '') throw new Error(`the file of the ${part} is empty`);
    if (tls.ca !== undefined) checkAuthorities(tls.ca);
    createSecureContext(tls);
  } catch (error) {
    throw new UnusableConfig(`upstreams.${name}.tls: ${messageOf(error)}`);
  }
}

/**
 * Node takes a list of authorities without a single readable one for none at all, and one that breaks off for what stands before that.
 * @throws Error
 */
function checkAuthorities(ca: string): void {
  const certificates = ca.match(CERTIFICATE) ?? [];
  if (certificates.length === 0) throw new Error('the file of the ca holds no certificate');
  if (ca.replaceAll(CERTIFICATE, '').includes('-----'))
    throw new Error('the file of the ca breaks off, or holds something else than certificates');
  for (const certificate of certificates) new X509Certificate(certificate);
}

async function define(name: string, settings: UpstreamSettings): Promise<UpstreamDefinition> {
  const { tls } = settings;
  const lines = Object.entries(settings.headers).map(
    async ([header, { file }]) => [header, await secret(file)] as const,
  );
  const headers = Object.fromEntries(await Promise.all(lines));
  if (tls === undefined) return { name, settings, headers };
  const [ca, cert, key] = await Promise.all([optional(tls.caFile), optional(tls.certFile), optional(tls.keyFile)]);
  return { name, settings, headers, tls: { ca, cert, key, servername: tls.serverName } };
}

async function secret(file: string): Promise<string> {
  const value = (await read(file)).trim();
  if (!/^[\x20-\x7e]+$/.test(value)) throw new UnusableConfig(`${file} has no value that can stand in a header`);
  return value;
}

const optional = (file: string | undefined): Promise<string> | undefined =>
  file === undefined ? undefined : read(file);

async function read(file: string): Promise<string> {
  try {
    return await readFile(file, 'utf8');
  } catch (error) {
    throw new UnusableConfig(messageOf(error));
  }
}

/** The reason of a wrong key is one level deeper. */
const reasonOf = (issue: z.core.$ZodIssue): string =>
  issue.code === 'invalid_key' ? (issue.issues[0]?.message ?? issue.message) : issue.message;

const messageOf = (error: unknown): string => (error instanceof Error ? error.message : String(error));
