/** Of a step of 100 ms: after five seconds it counts a third of that, so that neither a pause nor a short burst looks like load. */
const WEIGHT = 0.02;
/** The loop of a process that stood still for a while is as late as one can be that long: no reason to believe it for minutes. */
const MOST = 2;

/** The next pressure; `share`: how late the event loop was in the last 100 ms, of what is its hard limit. */
export const nextPressure = (pressure: number, share: number): number =>
  pressure + (Math.min(MOST, share) - pressure) * WEIGHT;
