/** Something that a customer did with a product. */
export interface Activity {
  /** Of the message: the same one twice is one. */
  readonly id: string;
  readonly kind: 'viewed' | 'carted';
  /** Product id of what was viewed, sku of what was put into the cart. */
  readonly of: string;
  /** In ms. */
  readonly at: number;
}

/** What is remembered of one customer; who clicks without end forgets his own clicks. */
export const REMEMBERED = 50;

/** The newest of both, newest first. In any order and with repeats the outcome is the same. */
export function remember(known: readonly Activity[], more: readonly Activity[]): Activity[] {
  const byId = new Map([...known, ...more].map((activity) => [activity.id, activity]));
  const byAge = (a: Activity, b: Activity): number => b.at - a.at || (a.id < b.id ? 1 : -1);
  return [...byId.values()].sort(byAge).slice(0, REMEMBERED);
}
