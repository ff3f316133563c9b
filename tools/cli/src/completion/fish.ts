import { quoted } from './quote.ts';
import type { CommandNode, OptionNode, Words } from './tree.ts';

/** Lines of `complete` for fish, each for one place of the tree. */
export function fishCompletion(nodes: readonly CommandNode[], instancesDir: string): string {
  const below = nodes.flatMap(({ path, children }) => children.map(({ name }) => [...path, name].join(' ')));
  const lines = nodes.flatMap((node) => [...names(node), ...node.options.map((option) => flagLine(node, option))]);
  return `# fish completion of souk. Try it: ./souk completion fish | source
# Keep it: ./souk completion fish > ~/.config/fish/completions/souk.fish
function __souk_at
    set -l at
    for word in (commandline -opc)[2..-1]
        set -l next (string join -- ' ' $at $word)
        if contains -- $next ${below.map(quoted).join(' ')}
            set at $next
        end
    end
    test "$at" = "$argv"
end
function __souk_instances
    path basename ${quoted(instancesDir)}/*/
end
complete -c souk -f
${lines.join('\n')}
`;
}

const at = ({ path }: CommandNode): string => `complete -c souk -n ${quoted(`__souk_at ${path.join(' ')}`.trim())}`;

function names(node: CommandNode): string[] {
  if (node.children.length > 0)
    return node.children.map(({ name, summary }) => `${at(node)} -a ${quoted(name)} -d ${quoted(summary)}`);
  const words = wordsOf(node.argument);
  return words === undefined ? [] : [`${at(node)} ${words}`];
}

function flagLine(node: CommandNode, { flags, summary, value }: OptionNode): string {
  const spelt = flags.map((flag) => (flag.startsWith('--') ? `-l ${flag.slice(2)}` : `-s ${flag.slice(1)}`));
  const words = value === undefined ? [] : [value.kind === 'file' ? '-r' : '-x', wordsOf(value) ?? ''];
  return [at(node), ...spelt, ...words, '-d', quoted(summary)].filter((part) => part !== '').join(' ');
}

function wordsOf(words: Words): string | undefined {
  if (words.kind === 'file') return '-F';
  if (words.kind === 'instances') return `-a '(__souk_instances)'`;
  return words.words.length === 0 ? undefined : `-a ${quoted(words.words.join(' '))}`;
}
