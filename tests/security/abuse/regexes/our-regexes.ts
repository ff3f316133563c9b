import { globSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import ts from 'typescript';
import { z } from 'zod';
import { REPO_ROOT } from '../../../../tools/cli/src/home.ts';

export interface OurRegex {
  /** `file:line`, or the name of zod's. */
  readonly where: string;
  readonly source: string;
  readonly flags: string;
}

/** What is deployed, and reads what others wrote. */
const SHIPPED = ['gateway', 'services/*', 'sidecars/*', 'simulators/*', 'libs/*', 'contracts', 'tools/trace-store'];
/** Variants are there to be broken. */
const NOT_SHIPPED = /\.(spec|suite|mother|fixture|naive)\.ts$|\/test\/|^libs\/testing\//;

/** Every regular expression in the sources that are shipped, in the order of their files, and those that zod's formats stand on. */
export function ourRegexes(): OurRegex[] {
  const files = SHIPPED.flatMap((folder) => globSync(`${folder}/src/**/*.ts`, { cwd: REPO_ROOT }))
    .filter((file) => !NOT_SHIPPED.test(file))
    .sort();
  const ours = files.flatMap((file) => regexesIn(file, readFileSync(join(REPO_ROOT, file), 'utf8')));
  return [...ours, ...zodRegexes()];
}

/** Literals, and texts that are made into one by `RegExp` or given to a schema as a pattern of the language. */
export function regexesIn(file: string, text: string): OurRegex[] {
  const source = ts.createSourceFile(file, text, ts.ScriptTarget.ESNext, true);
  const found: OurRegex[] = [];
  const visit = (node: ts.Node): void => {
    const regex = regexOf(node);
    if (regex !== undefined) {
      const { line } = source.getLineAndCharacterOfPosition(node.getStart());
      found.push({ where: `${file}:${line + 1}`, ...regex });
    }
    node.forEachChild(visit);
  };
  visit(source);
  return found;
}

function regexOf(node: ts.Node): Pick<OurRegex, 'source' | 'flags'> | undefined {
  if (ts.isRegularExpressionLiteral(node)) {
    const end = node.text.lastIndexOf('/');
    return { source: node.text.slice(1, end), flags: node.text.slice(end + 1) };
  }
  const isMade = (ts.isNewExpression(node) || ts.isCallExpression(node)) && node.expression.getText() === 'RegExp';
  if (!isMade) return undefined;
  const [pattern, flags] = node.arguments ?? [];
  if (pattern === undefined || ts.isRegularExpressionLiteral(pattern)) return undefined;
  return { source: textOf(pattern), flags: flags !== undefined && ts.isStringLiteralLike(flags) ? flags.text : '' };
}

/** Of a pattern that is put together, what is known of it: the rest is taken for a word. */
function textOf(node: ts.Expression): string {
  if (ts.isStringLiteralLike(node)) return node.text;
  if (ts.isTemplateExpression(node))
    return node.head.text + node.templateSpans.map(({ literal }) => `\\w+${literal.text}`).join('');
  return '\\w+';
}

/** The formats that contracts use; zod publishes the pattern that it checks with. */
const zodRegexes = (): OurRegex[] =>
  Object.entries({ uuid: z.uuid(), datetime: z.iso.datetime(), date: z.iso.date() }).flatMap(([name, schema]) => {
    const { pattern } = z.toJSONSchema(schema);
    return pattern === undefined ? [] : [{ where: `zod ${name}`, source: pattern, flags: '' }];
  });
