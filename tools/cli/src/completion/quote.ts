/** As one word of any of the shells: in single quotes, none of ours inside. */
export const quoted = (text: string): string => `'${text.replaceAll("'", '’')}'`;
