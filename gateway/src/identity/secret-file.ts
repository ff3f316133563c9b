import { type Watched, WatchedFile } from '@souk/config';

/** Follows a file with one line. @throws Error naming the file when it is empty at the start */
export function followSecret(name: string, file: string): Watched<string> {
  const parse = (text: string): string => {
    if (text.trim() === '') throw new Error(`${file} is empty.`);
    return text.trim();
  };
  return new WatchedFile({ name, file, parse });
}
