import { existsSync, mkdirSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { z } from 'zod';
import { openInstance, type Instance } from '../../../cli/src/instance.ts';
import { soukCommand } from '../../../cli/src/souk-command.ts';
import { answers } from '../../../cli/src/supervisor/probe.ts';
import { writeFileAtomically } from '../../../cli/src/system/files.ts';
import type { Address } from '../proxy/connection.ts';
import type { LinkWish } from '../proxy/link-table.ts';
import type { WayBack } from '../run/journal.ts';
import { chaosFolder, specsBefore } from '../target/before.ts';
import { LinkProxy } from '../target/link-proxy.ts';
import { addressOf, type LinkKind, linkKinds, type Telling, toldInstead } from '../target/links.ts';
import type { Injecting } from './fault.ts';
import { endMarked, MARK_UNDOS, markOf } from './marks.ts';
import { type StoredUndo, undo } from './undo.ts';

const LOOPBACK = '127.0.0.1';
const LARGEST_SEED = 2 ** 31;

/** Puts the proxy on a link before the baseline: the clients are started anew with its address in the place of the server's. */
export async function takeLink({ target, journal, random, runWith }: Injecting, name: string): Promise<void> {
  const instance = openInstance(target.context.instance);
  const proxy = new LinkProxy(instance);
  await journal.before(unlink(name));
  await proxy.start(markOf(instance.name, 'proxy'));
  const kinds = linkKinds(name).map((kind) => ({ kind, telling: tellingOf(instance, kind) }));
  const known = (await proxy.links())?.find((link) => link.name === name);
  const seed = Math.floor(random() * LARGEST_SEED);
  const { listen } = known ?? (await proxy.open(name, await wishOf(instance, kinds, seed)));
  for (const { kind, telling } of kinds) {
    const { env, files } = toldInstead(kind, telling, listen);
    runWith(kind.client, { env: { ...env, ...writeFiles(instance, name, kind, files) } });
  }
}

export const unlink = (link: string): WayBack => ({
  undo: 'unlink',
  with: { link },
  says: `take the proxy off ${link}`,
});

export const LINK_UNDOS: Readonly<Record<string, StoredUndo>> = {
  unlink: undo({
    parameters: z.object({ link: z.string() }),
    run: async (target, { link }) => {
      const instance = openInstance(target.context.instance);
      const proxy = new LinkProxy(instance);
      // One that does not answer any more is ended with all its links.
      await proxy.close(link).catch(() => undefined);
      for (const file of filesOf(instance, link)) rmSync(file, { force: true });
      const links = await proxy.links().catch(() => []);
      if (links !== undefined && links.length > 0) return;
      const end = endMarked(markOf(instance.name, 'proxy'), 'end the proxy of the links');
      await MARK_UNDOS[end.undo]?.run(target, end.with);
    },
    stands: async (target, { link }) => {
      const links = await new LinkProxy(openInstance(target.context.instance)).links().catch(() => undefined);
      return links !== undefined && links.some(({ name }) => name === link);
    },
  }),
};

type Told = { readonly kind: LinkKind; readonly telling: Telling };

function tellingOf(instance: Instance, { client }: LinkKind): Telling {
  const spec = specsBefore(instance).get(client);
  if (spec === undefined) throw new Error(`'${instance.name}' runs no ${client} whose link could be taken`);
  return { env: spec.env, read: (file) => readFileSync(file, 'utf8') };
}

async function wishOf(instance: Instance, told: readonly Told[], seed: number): Promise<LinkWish> {
  const [first, ...others] = told.map(({ kind, telling }) => ({ kind, to: addressOf(kind, telling) }));
  if (first === undefined) throw new Error('a link has a client');
  const { kind, to } = first;
  if (others.some((other) => other.to.port !== to.port))
    throw new Error(`not all clients have the same ${kind.server}`);
  if (kind.protocol === 'kafka') return { ...(await kafkaWish(instance, to)), seed };
  const { protocol, beside } = kind;
  return { to, listen: { host: LOOPBACK, port: 0 }, protocol, seed, ...(beside !== undefined && { beside }) };
}

/** Clients go to the addresses that a broker tells them: those behind the proxy ask the listener that tells the proxy's. */
async function kafkaWish({ name, infra, ports }: Instance, to: Address): Promise<Omit<LinkWish, 'seed'>> {
  const { kafka, kafkaProxied, kafkaProxy } = ports.of;
  if (infra !== 'embedded' || to.port !== kafka)
    throw new Error(`only the embedded Kafka of '${name}' has a listener for clients behind a proxy`);
  // One that was started by an earlier version has none.
  if (!(await answers({ protocol: 'kafka', port: kafkaProxied })))
    throw new Error(`Kafka has no listener for clients behind a proxy: ${soukCommand(name, 'restart kafka')}`);
  return {
    to: { host: LOOPBACK, port: kafkaProxied },
    listen: { host: LOOPBACK, port: kafkaProxy },
    protocol: 'kafka',
  };
}

/** Copies of what processes are told in files, passwords included; answers the variables that lead to them. */
function writeFiles(
  instance: Instance,
  link: string,
  { client }: LinkKind,
  files: Readonly<Record<string, string>>,
): Record<string, string> {
  const folder = linksFolder(instance);
  mkdirSync(folder, { recursive: true, mode: 0o700 });
  const written = Object.entries(files).map(([variable, text]): [string, string] => {
    const file = join(folder, `${prefixOf(link)}${client}.${variable.toLowerCase()}`);
    writeFileAtomically(file, text, 0o600);
    return [variable, file];
  });
  return Object.fromEntries(written);
}

function filesOf(instance: Instance, link: string): string[] {
  const folder = linksFolder(instance);
  if (!existsSync(folder)) return [];
  return readdirSync(folder).flatMap((name) => (name.startsWith(prefixOf(link)) ? [join(folder, name)] : []));
}

const linksFolder = (instance: Instance): string => join(chaosFolder(instance), 'links');
const prefixOf = (link: string): string => `${link.replace('->', '.to.')}.`;
