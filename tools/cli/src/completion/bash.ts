import { quoted } from './quote.ts';
import type { CommandNode, Words } from './tree.ts';

/** A bash function `_souk` that knows the tree; only the names of instances are looked up when Tab is pressed. */
export function bashCompletion(nodes: readonly CommandNode[], instancesDir: string): string {
  const below = nodes.flatMap(({ path, children }) => children.map(({ name }) => [...path, name].join(' ')));
  return `# bash completion of souk. Try it: source <(./souk completion bash)
# Keep it: ./souk completion bash > ~/.local/share/bash-completion/completions/souk
_souk() {
  local cur=\${COMP_WORDS[COMP_CWORD]} prev=\${COMP_WORDS[COMP_CWORD-1]} at='' i words='' files=
  for ((i = 1; i < COMP_CWORD; i++)); do
    case "\${at:+$at }\${COMP_WORDS[i]}" in
      ${below.map(quoted).join('|')}) at="\${at:+$at }\${COMP_WORDS[i]}" ;;
    esac
  done
  case "$at $prev" in
${nodes.flatMap(optionValues).join('\n')}
    *)
      case "$at" in
${nodes.map(wordsOf).join('\n')}
      esac ;;
  esac
  if [ -n "$files" ]; then mapfile -t COMPREPLY < <(compgen -f -- "$cur"); return; fi
  mapfile -t COMPREPLY < <(compgen -W "$words" -- "$cur")
  # A name that still wants its value: no space after it.
  if [[ \${#COMPREPLY[@]} -eq 1 && \${COMPREPLY[0]} == *= ]]; then compopt -o nospace 2>/dev/null; fi
}
_souk_instances() { ls -1 -- ${quoted(instancesDir)} 2>/dev/null; }
complete -F _souk souk
`;
}

function optionValues({ path, options }: CommandNode): string[] {
  const at = path.join(' ');
  return options.flatMap(({ flags, value }) =>
    value === undefined ? [] : [`    ${flags.map((flag) => quoted(`${at} ${flag}`)).join('|')}) ${assigned(value)} ;;`],
  );
}

function wordsOf({ path, options, children, argument }: CommandNode): string {
  const flags = options.flatMap((option) => option.flags).join(' ');
  const names = children.map(({ name }) => name).join(' ');
  const words = children.length > 0 ? `words=${quoted(names)}` : assigned(argument);
  return `        ${quoted(path.join(' '))}) if [[ $cur == -* ]]; then words=${quoted(flags)}; else ${words}; fi ;;`;
}

function assigned(words: Words): string {
  if (words.kind === 'file') return 'files=1';
  return words.kind === 'instances' ? 'words=$(_souk_instances)' : `words=${quoted(words.words.join(' '))}`;
}
