/** A command line that has not run: what the tests look at. */
export interface Argv {
  readonly command: string;
  readonly args: readonly string[];
}

/** A command that the user gave as text, which may have arguments of its own, with ours behind it. */
export function userCommand(text: string, args: readonly string[]): Argv {
  return { command: '/bin/sh', args: ['-c', `${text} "$@"`, 'souk', ...args] };
}

/** For messages and logs; not for a shell. */
export function shown({ command, args }: Argv): string {
  return [command, ...args].join(' ');
}
