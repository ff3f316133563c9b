import { describe, expect, it } from '@jest/globals';
import { CommanderError } from 'commander';
import { describeUsage, isUsageError, wantsJson } from './usage.ts';

describe('a command line that was not understood', () => {
  it('is told as what, why and how to fix it', () => {
    const error = new CommanderError(
      1,
      'commander.unknownOption',
      "error: unknown option '--frsh'\n(Did you mean --fresh?)",
    );
    expect(describeUsage(error, 'up')).toEqual({
      what: "unknown option '--frsh'",
      why: 'the command has no such option',
      fix: 'Did you mean --fresh? ./souk up --help',
    });
  });

  it('points to the list of commands when there is no such command', () => {
    const error = new CommanderError(1, 'commander.unknownCommand', "error: unknown command 'upp'");
    expect(describeUsage(error, undefined)).toMatchObject({ fix: './souk --help lists the commands' });
  });

  it('says something of a fault it does not know', () => {
    const error = new CommanderError(1, 'commander.somethingNew', 'error: a and b');
    expect(describeUsage(error, 'up')).toMatchObject({
      what: 'a and b',
      why: expect.stringContaining('not understood'),
    });
  });

  it('is not a call for help', () => {
    expect(isUsageError(new CommanderError(0, 'commander.helpDisplayed', '(outputHelp)'))).toBe(false);
    expect(isUsageError(new CommanderError(1, 'commander.help', '(outputHelp)'))).toBe(true);
  });
});

describe('--json', () => {
  it('counts wherever it stands, but not inside exec', () => {
    expect(wantsJson(['up', '--frsh', '--json'])).toBe(true);
    expect(wantsJson(['up'])).toBe(false);
    expect(wantsJson(['exec', 'jest', '--json'])).toBe(false);
  });
});
