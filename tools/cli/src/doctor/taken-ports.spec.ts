import { describe, expect, it } from '@jest/globals';
import { takenPorts } from './taken-ports.ts';

const ports = (count: number) => Array.from({ length: count }, (_, index) => `${8080 + index} (gateway): pid ${index}`);

describe('taken ports', () => {
  it('need no list when there is one', () => expect(takenPorts(ports(1))).toBe('8080 (gateway): pid 0'));

  it('stand one a line', () => {
    expect(
      takenPorts(ports(2))
        .split('\n')
        .map((line) => line.trim()),
    ).toEqual(['2 are taken', ...ports(2)]);
  });

  it('are not all shown when they are many', () => {
    const lines = takenPorts(ports(14)).split('\n');
    expect(lines).toHaveLength(7);
    expect(lines.at(-1)?.trim()).toBe('+9 more');
  });
});
