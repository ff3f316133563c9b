/** How the gateway is doing, for those who can do with less. */
export abstract class Load {
  /** Pages leave out what is optional. */
  abstract get essentialOnly(): boolean;
}

/** Ends a request that was let in; `ms` only of a good answer. */
export type Leave = (ms: number | undefined) => void;

/** Decides at the door whether one request more can be served in time. */
export abstract class Admission extends Load {
  /** Undefined: shed it. */
  abstract enter(method: string, target: string): Leave | undefined;
}
