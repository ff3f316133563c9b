import { monitorEventLoopDelay } from 'node:perf_hooks';

const RESOLUTION_MS = 10;
const STEP_MS = 100;

/** Calls `step` ten times a second with how late the event loop was on average meanwhile, in milliseconds. Returns how to end it. */
export function watchLoop(step: (lateMs: number) => void): () => void {
  const delay = monitorEventLoopDelay({ resolution: RESOLUTION_MS });
  delay.enable();
  const timer = setInterval(() => {
    // The histogram holds the time between two ticks of a timer, its own interval included; empty, its mean is NaN.
    const mean = delay.count > 0 ? delay.mean / 1e6 - RESOLUTION_MS : STEP_MS;
    delay.reset();
    step(Math.max(0, mean));
  }, STEP_MS).unref();
  return () => {
    clearInterval(timer);
    delay.disable();
  };
}
