/** Colours by what they are for; the words keep what they say when the colours are gone. */
export interface Palette {
  readonly paper: string;
  readonly card: string;
  readonly ink: string;
  readonly quiet: string;
  readonly line: string;
  readonly good: string;
  readonly bad: string;
  readonly warn: string;
  readonly fault: string;
  readonly first: string;
  readonly second: string;
}

export const LIGHT: Palette = {
  paper: '#faf7f2',
  card: '#ffffff',
  ink: '#23201c',
  quiet: '#635c53',
  line: '#ddd5c9',
  good: '#1c6b43',
  bad: '#b00020',
  warn: '#8a5a00',
  fault: '#b4532a',
  first: '#9a3412',
  second: '#1f6086',
};

export const DARK: Palette = {
  paper: '#1a1815',
  card: '#24211d',
  ink: '#f1ece4',
  quiet: '#b3aa9d',
  line: '#463f36',
  good: '#7fd3a6',
  bad: '#ff8a80',
  warn: '#f2c56b',
  fault: '#e0875a',
  first: '#f0a06a',
  second: '#7cc4f2',
};

export const asProperties = (palette: Palette): string =>
  Object.entries(palette)
    .map(([name, value]) => `--${name}: ${value};`)
    .join(' ');
