import { hostname, userInfo } from 'node:os';

/** Who changes a setting, for the history. In a container the user may have a number and no name. */
export function whoIAm(nameOfUser = () => userInfo().username): string {
  return `${userName(nameOfUser)}@${hostname()}`;
}

function userName(nameOfUser: () => string): string {
  try {
    return nameOfUser();
  } catch {
    return `uid-${process.getuid?.() ?? '?'}`;
  }
}
