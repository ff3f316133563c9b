import { execFileSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { Argument, Command, Option } from 'commander';
import { COMMANDS } from '../command-list.ts';
import { bashCompletion } from './bash.ts';
import { fishCompletion } from './fish.ts';
import { commandTree } from './tree.ts';
import type { CommandNode } from './tree.ts';
import { knownValues } from './values.ts';
import { zshCompletion } from './zsh.ts';

const values = knownValues({
  settings: ['gateway.readOnly', 'gateway.logLevel'],
  benchmarks: ['order'],
  experiments: ['kafka-down'],
  patterns: ['retry'],
});

describe('the completion tree', () => {
  it('has every command that people see, with its options', async () => {
    const nodes = await commandTree(COMMANDS, values);
    const paths = nodes.map(({ path }) => path.join(' '));
    for (const { name, hidden } of COMMANDS) expect(paths.includes(name)).toBe(hidden !== true);
    expect(paths).toEqual(expect.arrayContaining(['', 'config set', 'rotate signing-key']));
    const flagsOf = (name: string) =>
      nodes.find(({ path }) => path.join(' ') === name)?.options.flatMap((o) => o.flags);
    expect(flagsOf('up')).toEqual(expect.arrayContaining(['-i', '--instance', '--json', '--port-base', '--no-order']));
    expect(flagsOf('config set')).toEqual(expect.arrayContaining(['--instance', '--on', '--help']));
  });

  it('takes values from commander where it knows them, from here where it does not', async () => {
    const command = () =>
      new Command()
        .addArgument(new Argument('<shade>', '').choices(['red', 'blue']))
        .addOption(new Option('--size <n>', '').choices(['s', 'm']))
        .addOption(new Option('--secret').hideHelp())
        .option('--instance <name>', '')
        .option('--free <text>', '');
    const entry = { name: 'paint', summary: '', load: async () => ({ command }) };
    const [, node] = await commandTree([entry], values);
    expect(node?.argument).toEqual({ kind: 'list', words: ['red', 'blue'] });
    expect(node?.options.map(({ flags, value }) => [flags[0], value])).toEqual([
      ['--size', { kind: 'list', words: ['s', 'm'] }],
      ['--instance', { kind: 'instances' }],
      ['--free', { kind: 'list', words: [] }],
      ['-h', undefined],
    ]);
  });
});

describe('in bash', () => {
  let folder: string;
  let nodes: CommandNode[];
  let script: string;
  beforeAll(async () => {
    folder = mkdtempSync(join(tmpdir(), 'souk-completion-'));
    for (const name of ['default', 'blue']) mkdirSync(join(folder, 'instances', name), { recursive: true });
    writeFileSync(join(folder, 'values.yaml'), '');
    nodes = await commandTree(COMMANDS, values);
    script = bashCompletion(nodes, join(folder, 'instances'));
  });
  afterAll(() => rmSync(folder, { recursive: true }));

  /** What Tab offers after these words; the last one is being typed. */
  const tab = (...words: string[]): string[] => {
    const call = `${script}\nCOMP_WORDS=("$@"); COMP_CWORD=$(($# - 1)); _souk; printf '%s\\n' "\${COMPREPLY[@]}"`;
    const output = execFileSync('bash', ['-c', call, 'bash', 'souk', ...words], { cwd: folder, encoding: 'utf8' });
    return output.split('\n').filter((line) => line !== '');
  };

  it.each<[string, string[], string[]]>([
    ['commands', ['st'], ['status']],
    ['nothing that does not exist', ['xyz'], []],
    ['no hidden command', ['migr'], []],
    ['options of the command', ['order', '--q'], ['--qty']],
    ['no options of another', ['order', '--pu'], []],
    ['names of processes', ['restart', 'order'], ['order', 'order-query']],
    ['a second process', ['restart', 'order', 'pay'], ['payment']],
    ['processes behind options', ['logs', '--raw', '-n', '5', 'ident'], ['identity']],
    ['test tiers', ['test', 'cr'], ['crash']],
    ['benchmarks', ['bench', ''], ['order']],
    ['patterns that can be proven', ['prove', 're'], ['retry']],
    ['users', ['token', 'a'], ['alice', 'admin']],
    ['shells', ['completion', 'z'], ['zsh']],
    ['pages', ['open', 'd'], ['docs']],
    ['instances, as they are now', ['up', '--instance', ''], ['blue', 'default']],
    ['instances after the short option', ['demo', '-i', 'b'], ['blue']],
    ['values of an option', ['up', '--on', 'k'], ['kind']],
    ['nothing where anything goes', ['order', '--sku', ''], []],
    ['files', ['up', '--values', 'val'], ['values.yaml']],
    ['commands of a command', ['config', 'se'], ['set']],
    ['settings', ['config', 'get', 'gateway.r'], ['gateway.readOnly']],
    ['settings that want a value', ['config', 'set', 'gateway.l'], ['gateway.logLevel=']],
    ['options of a command of a command', ['config', 'set', '--js'], ['--json']],
    ['a command once only', ['up', 'dow'], []],
  ])('offers %s', (_what, words, offered) => expect(tab(...words)).toEqual(offered));

  it('is registered for souk', () => {
    const registered = execFileSync('bash', ['-c', `${script}\ncomplete -p souk`], { encoding: 'utf8' });
    expect(registered.trim()).toBe('complete -F _souk souk');
  });
});

describe('in zsh and fish', () => {
  it('names every command with its summary', async () => {
    const nodes = await commandTree(COMMANDS, values);
    const [zsh, fish] = [zshCompletion(nodes, '/i'), fishCompletion(nodes, '/i')];
    for (const { name, summary, hidden } of COMMANDS.filter((one) => one.hidden !== true)) {
      expect([zsh.includes(`'${name}:${summary}'`), hidden]).toEqual([true, undefined]);
      expect(fish).toContain(`complete -c souk -n '__souk_at' -a '${name}' -d '${summary}'`);
    }
    expect(zsh).toContain("('restart') if");
    expect(fish).toContain("complete -c souk -n '__souk_at config set' -a 'gateway.readOnly= gateway.logLevel='");
  });
});
