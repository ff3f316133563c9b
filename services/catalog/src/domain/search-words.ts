/**
 * The distinct words of a text: lower case, without accents, letters and digits only. Stored text and typed query go through the same
 * function, so that "Café-Set" finds "cafe set", and no character that means something in a pattern survives.
 */
export const searchWords = (...texts: string[]): string[] => {
  const plain = texts
    .join(' ')
    .normalize('NFKD')
    .replace(/\p{M}+/gu, '')
    .toLowerCase();
  return [...new Set(plain.match(/[\p{L}\p{N}]+/gu))];
};

/** Orders names as a reader expects it, upper and lower case together, on a store without collations. */
export const sortKey = (name: string): string => searchWords(name).join(' ');
