import { describe, expect, it } from '@jest/globals';
import { defineSaga, done, invoke, refused, send, toMarkdown, toMermaid } from './index.js';

const saga = defineSaga<object>({
  name: 'trip',
  version: 3,
  steps: [
    {
      name: 'hold-seats',
      parts: () => ['1A'],
      action: send('hold.v1', () => ({})),
      replies: { 'held.v1': done, 'full.v1': refused() },
      undo: { action: send('release.v1', () => ({})), replies: ['released.v1', 'expired.v1'] },
      giveUp: { afterMs: 60_000, reason: 'silence' },
    },
    {
      name: 'book',
      pivot: true,
      guard: () => undefined,
      action: send('book.v1', () => ({})),
      replies: { 'booked.v1': done },
      undo: { action: send('unbook.v1', () => ({})), replies: ['unbooked.v1'] },
    },
    { name: 'pay', action: invoke('capture', () => ({})), replies: { captured: done } },
  ],
});

describe('a saga as a picture', () => {
  it('has every step, every way to fail and every undo', () => {
    expect(toMermaid(saga).trim().split('\n')).toEqual([
      'flowchart TD',
      '  begin([start]) --> hold_seats',
      '  hold_seats["hold-seats<br/>sends hold.v1, for each part"]',
      '  book[["book: pivot<br/>sends book.v1"]]',
      '  pay["pay<br/>calls capture"]',
      '  hold_seats -- "held.v1" --> book',
      '  book -- "booked.v1" --> pay',
      '  pay -- "captured" --> succeeded',
      '  succeeded([succeeded])',
      '  undo{{compensate}}',
      '  failed([failed])',
      '  hold_seats -. "full.v1 (refused)<br/>no answer for 60 s" .-> undo',
      '  book -. "not begun: guard" .-> undo',
      '  undo -.-> undo_hold_seats["release.v1<br/>undoes hold-seats"]',
      '  undo -.-> undo_book["unbook.v1<br/>undoes book"]',
      '  undo_hold_seats -. "released.v1<br/>expired.v1" .-> failed',
      '  undo_book -. "unbooked.v1" .-> failed',
    ]);
  });

  it('is a page with the table beside it', () => {
    const page = toMarkdown(saga);
    expect(page).toContain(`\`\`\`mermaid\n${toMermaid(saga)}\`\`\`\n`);
    expect(page).toContain('# Saga trip, version 3');
    expect(page.split('\n')).toContain(
      '| **book** (pivot) | sends book.v1 | booked.v1 | not begun: guard | unbook.v1 | unbooked.v1 |',
    );
    expect(page.split('\n')).toContain(
      '| pay | calls capture | captured | nothing: repeated until it is done | – | – |',
    );
  });
});
