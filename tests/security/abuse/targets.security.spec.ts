import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { type Door, openDoor } from '../support/door.ts';
import { summaryOf } from './report.ts';
import { splitRequests } from './targets/splitting.ts';

const RUN_MS = 300_000;

describe('targets and headers that mean something else to somebody else', () => {
  let door: Door;
  beforeAll(async () => {
    door = await openDoor('echo');
  }, RUN_MS);
  afterAll(() => door?.close());

  it(
    'GK-4 become no other request and get nowhere else',
    async () => {
      const report = await splitRequests(door);
      process.stdout.write(`  ${summaryOf('request splitting and path traversal', report)}\n`);
      expect(report.findings).toEqual([]);
    },
    RUN_MS,
  );
});
