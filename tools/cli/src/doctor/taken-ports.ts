const SHOWN = 5;

/** Lines about taken ports, one a line: a port needs its own, so that the process behind it can be read. */
export function takenPorts(taken: readonly string[]): string {
  const more = taken.length > SHOWN ? [`+${taken.length - SHOWN} more`] : [];
  const lines = [...taken.slice(0, SHOWN), ...more];
  return lines.length < 2 ? lines.join('') : [`${taken.length} are taken`, ...lines].join('\n      ');
}
