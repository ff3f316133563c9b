/** A line that looks as if it held a secret. */
export interface Finding {
  readonly kind: string;
  /** What was taken for one, cut: a report must not spread it further. */
  readonly shown: string;
  /** From 1. */
  readonly line: number;
}

/** Forms that say what they are. */
const FORMS: readonly (readonly [kind: string, form: RegExp])[] = [
  ['private key', /-----BEGIN (?:[A-Z]+ )*PRIVATE KEY-----/],
  ['private JWK', /"d"\s*:\s*"[\w-]{43,}"/],
  ['AWS key', /\b(?:AKIA|ASIA)[0-9A-Z]{16}\b/],
  ['GitHub token', /\b(?:gh[pousr]_[A-Za-z0-9]{36}|github_pat_\w{40,})\b/],
  ['npm token', /\bnpm_[A-Za-z0-9]{36}\b|_authToken\s*=\s*\S{8}/],
  ['Slack token', /\bxox[abposr]-[\w-]{10,}/],
  ['Google key', /\bAIza[\w-]{35}\b/],
  ['payment key', /\b[rs]k_live_[A-Za-z0-9]{16,}\b/],
  ['token', /\beyJ[\w-]{15,}\.eyJ[\w-]{15,}\.[\w-]{40,}/],
];

/** `password = "…"`, `secret: …`, and addresses with a password in them: secrets where the value looks random. */
const NAMED = /(?:passw(?:or)?d|secret|token|api[-_]?key|credential)s?['"]?\s*[:=]\s*['"`]?([\w+/=~.!@#%^&*-]{12,})/gi;
const IN_ADDRESS = /\b[a-z][a-z0-9+.-]*:\/\/[\w.-]+:([^\s'"`@/${}<>]{8,})@/gi;
/** 256 bits and more in one word, whatever it is called. Hashes in hexadecimal digits alone are no secrets. */
const LONG = /(?<![\w+/=-])(?![\da-f]+(?![\w+/=-])|sha512-)([\w+/-]{43,88}={0,2})(?![\w+/=-])/gi;

/** Bits per character from which a word of its length counts as random; words and identifiers of people are below. */
const RANDOM = { named: 3.4, inAddress: 2.8, long: 4.2 };

/** What looks like a secret in a text, line by line. */
export function secretsIn(text: string): Finding[] {
  return text.split('\n').flatMap((line, index) => {
    const found = (kind: string, value: string): Finding => ({
      kind,
      shown: `${value.slice(0, 12)}…`,
      line: index + 1,
    });
    const formed = FORMS.flatMap(([kind, form]) =>
      (form.exec(line) ?? []).slice(0, 1).map((value) => found(kind, value)),
    );
    if (formed.length > 0) return formed;
    const randomOf = (kind: string, values: readonly string[], bits: number): Finding[] =>
      values.filter((value) => isMixed(value) && entropy(value) >= bits).map((value) => found(kind, value));
    // Base64 of that length has letters of both cases; paths with an id in them have not.
    const long = groupsOf(line, LONG).filter((value) => /[A-Z]/.test(value) && /[a-z]/.test(value));
    return [
      ...randomOf('named secret', groupsOf(line, NAMED), RANDOM.named),
      ...randomOf('password in an address', groupsOf(line, IN_ADDRESS), RANDOM.inAddress),
      ...randomOf('random word', long, RANDOM.long),
    ];
  });
}

const groupsOf = (line: string, form: RegExp): string[] => [...line.matchAll(form)].map(([, value = '']) => value);

/** Letters and digits: nobody generates a secret of letters alone. */
const isMixed = (value: string): boolean => /\d/.test(value) && /[a-z]/i.test(value);

/** Shannon's, in bits per character. */
export function entropy(text: string): number {
  const counts = new Map<string, number>();
  for (const char of text) counts.set(char, (counts.get(char) ?? 0) + 1);
  return [...counts.values()].reduce((sum, count) => sum - (count / text.length) * Math.log2(count / text.length), 0);
}
