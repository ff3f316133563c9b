import RequestQueue from 'kafkajs/src/network/requestQueue/index.js';

let mended = false;

/**
 * kafkajs 2.2.4 looks for waiting requests every millisecond, for ever, on every connection that has had an answer, and hands
 * setTimeout a negative delay for it (tulios/kafkajs#1704, #1751). A look is owed only while a request waits: the answer to one
 * before it looks as well.
 */
export function mendRequestQueue(): void {
  if (mended) return;
  mended = true;
  const schedule = RequestQueue.prototype.scheduleCheckPendingRequests;
  RequestQueue.prototype.scheduleCheckPendingRequests = function (this: RequestQueue): void {
    if (this.pending.length > 0) schedule.call(this);
  };
}
