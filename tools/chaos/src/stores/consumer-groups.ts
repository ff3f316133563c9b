/** What each consumer group reads; a group has the name of its process. */
export const GROUPS = {
  order: ['inventory.reservations.v1', 'catalog.products.v1'],
  inventory: ['inventory.commands.v1', 'order.events.v1'],
  'order-query': ['order.events.v1', 'catalog.products.v1'],
  recommendation: ['order.events.v1', 'catalog.products.v1', 'inventory.stock.v1', 'activity.v1'],
} as const;

export type Group = keyof typeof GROUPS;
export const GROUP_NAMES = Object.keys(GROUPS) as [Group, ...Group[]];

export const readersOf = (topic: string): Group[] =>
  GROUP_NAMES.filter((group) => (GROUPS[group] as readonly string[]).includes(topic));
