import { describe } from '@jest/globals';
import { MemoryLevel } from './memory-level.js';
import { sharedLevelSuite } from './shared-level.suite.js';

describe('the shared level in memory', () => {
  sharedLevelSuite(async () => {
    const level = new MemoryLevel();
    return { level, other: level, close: () => level.close() };
  });
});
