import { randomUUID } from 'node:crypto';
import { z } from 'zod';
import { openInstance } from '../../../cli/src/instance.ts';
import { parseToxic, type Toxic } from '../proxy/toxics.ts';
import { LinkProxy } from '../target/link-proxy.ts';
import { linkKinds } from '../target/links.ts';
import type { Fault } from './fault.ts';
import { LINK_UNDOS, takeLink } from './take-link.ts';
import { type StoredUndo, undo } from './undo.ts';

const link = z.string().superRefine((name, context) => {
  try {
    linkKinds(name);
  } catch (error) {
    context.addIssue({ code: 'custom', message: messageOf(error) });
  }
});
const toxic = z.unknown().transform((raw, context): Toxic => {
  try {
    return parseToxic(raw);
  } catch (error) {
    context.addIssue({ code: 'custom', message: messageOf(error) });
    return z.NEVER;
  }
});

const networkParameters = z.strictObject({ link, toxic });
type NetworkParameters = z.output<typeof networkParameters>;

/** Something is done to the bytes, or to the connections, of a link: proxy/toxics.ts says what there is. */
export const network: Fault<NetworkParameters> = {
  kind: 'network',
  summary: 'a toxic on a link: latency, bandwidth, reset_peer, timeout, one_way, half_open …',
  on: ['host'],
  parameters: networkParameters,
  says: (parameters) => `${saysToxic(parameters.toxic)} on ${parameters.link}`,
  prepare: (injecting, parameters) => takeLink(injecting, parameters.link),
  inject: async ({ target, journal }, parameters) => {
    const name = `${parameters.toxic.type}-${randomUUID()}`;
    const says = `take ${parameters.toxic.type} off ${parameters.link}`;
    await journal.before({ undo: 'remove-toxic', with: { link: parameters.link, toxic: name }, says });
    await new LinkProxy(openInstance(target.context.instance)).add(parameters.link, name, parameters.toxic);
  },
};

const watchParameters = z.strictObject({ link });

/** Nothing is done to the link; its connections, requests and bytes are counted, for the measures `link` and `amplification`. */
export const watchLink: Fault<z.output<typeof watchParameters>> = {
  kind: 'watch-link',
  summary: 'counts what goes over a link',
  on: ['host'],
  parameters: watchParameters,
  says: (parameters) => `what goes over ${parameters.link} is counted`,
  prepare: (injecting, parameters) => takeLink(injecting, parameters.link),
  inject: async () => undefined,
};

export const NETWORK_UNDOS: Readonly<Record<string, StoredUndo>> = {
  ...LINK_UNDOS,
  'remove-toxic': undo({
    parameters: z.object({ link: z.string(), toxic: z.string() }),
    run: (target, stored) => new LinkProxy(openInstance(target.context.instance)).remove(stored.link, stored.toxic),
  }),
};

/** "latency 200, jitter 20 (down, 50 % of connections)" */
function saysToxic({ type, attributes, direction, toxicity }: Toxic): string {
  const numbers = Object.entries(attributes).map(([name, value]) => (name === type ? `${value}` : `${name} ${value}`));
  const share = toxicity === 1 ? '' : `, ${Math.round(toxicity * 100)} % of connections`;
  return `${[type, numbers.join(', ')].filter((part) => part !== '').join(' ')} (${direction}${share})`;
}

const messageOf = (error: unknown): string => (error instanceof Error ? error.message : String(error));
