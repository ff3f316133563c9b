import ConsumerGroup from 'kafkajs/src/consumer/consumerGroup.js';
import RequestQueue from 'kafkajs/src/network/requestQueue/index.js';

let mended = false;

/** What kafkajs 2.2.4 burns for nothing, taken out of its classes; once a process. It is released no more. */
export function mendKafkaJs(): void {
  if (mended) return;
  mended = true;
  calmRequestQueues();
  passOverEmptyPartitions();
}

/**
 * It looks for waiting requests every millisecond, for ever, on every connection that has had an answer, and hands setTimeout a
 * negative delay for it (tulios/kafkajs#1704, #1751). A look is owed only while a request waits: the answer to one before it
 * looks as well.
 */
function calmRequestQueues(): void {
  const schedule = RequestQueue.prototype.scheduleCheckPendingRequests;
  RequestQueue.prototype.scheduleCheckPendingRequests = function (this: RequestQueue): void {
    if (this.pending.length > 0) schedule.call(this);
  };
}

/** Every fetch is answered for every partition, and each passes through the workers, also those that brought nothing. */
function passOverEmptyPartitions(): void {
  const fetch = ConsumerGroup.prototype.fetch;
  ConsumerGroup.prototype.fetch = async function (this: ConsumerGroup, nodeId: number) {
    return (await fetch.call(this, nodeId)).filter(({ rawMessages }) => rawMessages.length > 0);
  };
}
