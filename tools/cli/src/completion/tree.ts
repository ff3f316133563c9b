import type { Command, Option } from 'commander';
import type { CommandEntry } from '../command-list.ts';
import type { Values } from './values.ts';

/** What may stand in one place: one of these words, or what the shell finds. */
export type Words =
  | { readonly kind: 'list'; readonly words: readonly string[] }
  | { readonly kind: 'instances' }
  | { readonly kind: 'file' };

export interface OptionNode {
  /** `-i`, `--instance` */
  readonly flags: readonly string[];
  readonly summary: string;
  /** Undefined for an option without a value. */
  readonly value?: Words;
}

/** One command, or one command of a command. */
export interface CommandNode {
  /** `['config', 'set']`; none for souk itself. */
  readonly path: readonly string[];
  readonly summary: string;
  readonly options: readonly OptionNode[];
  /** Names of the commands below. */
  readonly children: readonly { readonly name: string; readonly summary: string }[];
  readonly argument: Words;
}

const NOTHING: Words = { kind: 'list', words: [] };

/** Everything that can be typed, as commander knows it. */
export async function commandTree(entries: readonly CommandEntry[], values: Values): Promise<CommandNode[]> {
  const shown = entries.filter(({ hidden }) => hidden !== true);
  const root = { path: [], summary: '', options: [], children: shown, argument: NOTHING };
  const nodes = await Promise.all(
    shown.map(async ({ name, summary, load }) => nodesOf((await load()).command(), [name], summary, values)),
  );
  return [root, ...nodes.flat()];
}

function nodesOf(command: Command, path: readonly string[], summary: string, values: Values): CommandNode[] {
  const children = command.commands.map((child) => ({ name: child.name(), summary: child.description() }));
  const options = command.options.filter(({ hidden }) => !hidden).map((option) => optionNode(option, values));
  const help: OptionNode = { flags: ['-h', '--help'], summary: 'display help for command' };
  const [argument] = command.registeredArguments;
  const known = argument?.argChoices ?? values.ofArgument(path);
  const node = { path, summary, options: [...options, help], children, argument: known ? toWords(known) : NOTHING };
  const below = command.commands.flatMap((child) =>
    nodesOf(child, [...path, child.name()], child.description(), values),
  );
  return [node, ...below];
}

function optionNode(option: Option, values: Values): OptionNode {
  const flags = [option.short, option.long].filter((flag) => flag !== undefined);
  const { description: summary } = option;
  if (!option.required && !option.optional) return { flags, summary };
  const known = option.argChoices ?? values.ofOption(option.long ?? '');
  return { flags, summary, value: known ? toWords(known) : NOTHING };
}

const toWords = (known: readonly string[] | 'instances' | 'file'): Words =>
  typeof known === 'string' ? { kind: known } : { kind: 'list', words: known };
