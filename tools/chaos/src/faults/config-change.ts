import { z } from 'zod';
import { editSettings, parseName } from '../../../cli/src/config/settings.ts';
import { loadContracts } from '../../../cli/src/shop/contracts.ts';
import { FOLLOWED, inForce, textOf } from '../stores/followed-file.ts';
import type { Fault, Injecting } from './fault.ts';
import { replaceDocument } from './followed-documents.ts';

type Settings = Readonly<Record<string, unknown>>;

const parameters = z.strictObject({
  /** `gateway.readOnly` → value, as `./souk config set` takes them; null takes a key out. */
  settings: z
    .record(z.string(), z.unknown())
    .refine((settings) => Object.keys(settings).length > 0, 'sets nothing')
    .refine((settings) => Object.keys(settings).every(isSetting), 'names are <service>.<key>, or routes.<key>'),
});
type Parameters = z.output<typeof parameters>;

/** Good changes, in the midst of everything; in force when it resolves. */
export const configChange: Fault<Parameters> = {
  kind: 'config-change',
  summary: 'live settings or routes are changed under load',
  on: ['host', 'k8s'],
  parameters,
  says: ({ settings }) =>
    Object.entries(settings)
      .map(([name, value]) => `${name} ${value === null ? 'taken out' : `set to ${JSON.stringify(value)}`}`)
      .join(', '),
  inject: (injecting, { settings }) => changeSettings(injecting, settings),
};

/** @throws CliError where a process would refuse it, before anything is written */
export async function changeSettings(
  injecting: Pick<Injecting, 'target' | 'journal' | 'note'>,
  settings: Settings,
): Promise<void> {
  const { target, note } = injecting;
  const { serviceSettings, routeTable } = await loadContracts(target.context.instance);
  const schemas = { ...serviceSettings, routes: routeTable };
  const changes = Object.entries(settings).map(([name, value]) => {
    const { service, key = '' } = parseName(name);
    return { service, key, value: value ?? undefined };
  });
  const edited = [...new Set(changes.map(({ service }) => service))].map(async (document) => {
    const own = changes.filter(({ service }) => service === document);
    return { document, text: editSettings(schemas, document, await textOf(target, document), own) };
  });
  const texts = await Promise.all(edited);
  for (const { document, text } of texts) {
    await replaceDocument(injecting, document, Buffer.from(text));
    await inForce(target, document, text);
  }
  note(`in force: ${Object.keys(settings).join(', ')}`);
}

function isSetting(name: string): boolean {
  const { service, key } = parseName(name);
  return key !== undefined && FOLLOWED.includes(service);
}
