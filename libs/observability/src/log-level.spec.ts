import { describe, expect, it } from '@jest/globals';
import { createLogger, setLogLevel } from './logger.js';

describe('the level of a logger that works', () => {
  it('changes for it, its children and theirs, and for no other logger', () => {
    const lines: string[] = [];
    const destination = { write: (line: string) => void lines.push(JSON.parse(line).msg) };
    const root = createLogger({ name: 'root', level: 'info', destination });
    const other = createLogger({ name: 'other', level: 'info', destination });
    const child = root.child({ component: 'relay' });
    const grandchild = child.child({ lane: 1 });
    const all = { root, child, grandchild, other };
    const debugAll = () => {
      lines.length = 0;
      for (const [name, logger] of Object.entries(all)) logger.debug(name);
      return lines;
    };
    expect(debugAll()).toEqual([]);
    setLogLevel(root, 'debug');
    expect(debugAll()).toEqual(['root', 'child', 'grandchild']);
    setLogLevel(root, 'warn');
    expect(debugAll()).toEqual([]);
    expect(grandchild.isLevelEnabled('info')).toBe(false);
  });
});
