import { SABOTAGE_UNDOS } from './control-file.ts';
import { FAILPOINT_UNDOS } from './failpoint.ts';
import { PRODUCT_UNDOS } from './fresh-product.ts';
import { MARK_UNDOS } from './marks.ts';
import { NETWORK_UNDOS } from './network.ts';
import { POWER_UNDOS } from './power-cut.ts';
import { LIMIT_UNDOS } from './resource-limits.ts';
import { CLOCK_UNDOS } from './time-skew.ts';
import { PROCESS_UNDOS } from './ways-back.ts';
import { DEAD_LETTER_UNDOS } from './dead-letters.ts';
import { DOCUMENT_UNDOS } from './followed-documents.ts';
import { OUTBOX_UNDOS } from './outbox-loss.ts';
import { PASSWORD_UNDOS } from './password-rotation.ts';
import { PAYMENT_UNDOS } from './payment-knobs.ts';
import { SESSION_UNDOS } from './sessions.ts';
import { SIGNING_KEY_UNDOS } from './signing-key-rotation.ts';
import { STUCK_ROW_UNDOS } from './outbox-stuck-row.ts';
import { TOPIC_UNDOS } from './kafka-topic-loss.ts';
import type { StoredUndo } from './undo.ts';

/** All ways back, by the name that stands in journals: never rename one, a journal of yesterday may name it. */
const UNDOS: Readonly<Record<string, StoredUndo>> = {
  ...SABOTAGE_UNDOS,
  ...FAILPOINT_UNDOS,
  ...MARK_UNDOS,
  ...PRODUCT_UNDOS,
  ...NETWORK_UNDOS,
  ...POWER_UNDOS,
  ...LIMIT_UNDOS,
  ...CLOCK_UNDOS,
  ...PROCESS_UNDOS,
  ...DEAD_LETTER_UNDOS,
  ...DOCUMENT_UNDOS,
  ...OUTBOX_UNDOS,
  ...PASSWORD_UNDOS,
  ...PAYMENT_UNDOS,
  ...SESSION_UNDOS,
  ...SIGNING_KEY_UNDOS,
  ...STUCK_ROW_UNDOS,
  ...TOPIC_UNDOS,
};

/** @throws Error where there is none of this name */
export function undoOf(name: string): StoredUndo {
  const found = UNDOS[name];
  if (found === undefined)
    throw new Error(`there is no way back "${name}"; there are ${Object.keys(UNDOS).join(', ')}`);
  return found;
}
