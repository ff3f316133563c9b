import { quoted } from './quote.ts';
import type { CommandNode, OptionNode, Words } from './tree.ts';

/** A zsh function `_souk`, with the summaries beside the names. */
export function zshCompletion(nodes: readonly CommandNode[], instancesDir: string): string {
  const below = nodes.flatMap(({ path, children }) => children.map(({ name }) => [...path, name].join(' ')));
  return `#compdef souk
# zsh completion of souk. Try it: source <(./souk completion zsh)
# Keep it: ./souk completion zsh > a folder of $fpath, as _souk
_souk() {
  local at='' word
  local -a items
  for word in \${words[2,CURRENT-1]}; do
    case "\${at:+$at }$word" in
      (${below.map(quoted).join('|')}) at="\${at:+$at }$word" ;;
    esac
  done
  case "$at \${words[CURRENT-1]}" in
${nodes.flatMap(optionValues).join('\n')}
  esac
  case "$at" in
${nodes.map(wordsOf).join('\n')}
  esac
}
_souk_instances() { compadd -- ${quoted(instancesDir)}/*(N/:t) }
if [ "$funcstack[1]" = _souk ]; then _souk "$@"; else compdef _souk souk; fi
`;
}

function optionValues({ path, options }: CommandNode): string[] {
  const at = path.join(' ');
  return options.flatMap(({ flags, value }) =>
    value === undefined
      ? []
      : [`    (${flags.map((flag) => quoted(`${at} ${flag}`)).join('|')}) ${offered(value)}; return ;;`],
  );
}

function wordsOf({ path, options, children, argument }: CommandNode): string {
  const flags = described(options.flatMap(toItems));
  const words = children.length > 0 ? `items=(${described(children)}); _describe command items` : offered(argument);
  const at = quoted(path.join(' '));
  return `    (${at}) if [[ $PREFIX == -* ]]; then items=(${flags}); _describe option items; else ${words}; fi ;;`;
}

const toItems = ({ flags, summary }: OptionNode) => flags.map((name) => ({ name, summary }));

const described = (items: readonly { name: string; summary: string }[]): string =>
  items.map(({ name, summary }) => quoted(`${name}:${summary}`)).join(' ');

function offered(words: Words): string {
  if (words.kind === 'file') return '_files';
  if (words.kind === 'instances') return '_souk_instances';
  return words.words.length === 0 ? ':' : `compadd -- ${words.words.map(quoted).join(' ')}`;
}
