/** Why a product is suggested: what was counted, and the same in words. */
export interface Reason {
  readonly kind: 'bought-together' | 'popular' | 'recently-viewed';
  readonly count: number;
  readonly text: string;
}

const times = (count: number): string => (count === 1 ? 'once' : `${count} times`);

export const boughtTogether = (count: number, withWhat?: string): Reason => ({
  kind: 'bought-together',
  count,
  text: `bought together ${times(count)}${withWhat === undefined ? '' : ` with ${withWhat}`}`,
});

export const popular = (buyers: number, category?: string): Reason => ({
  kind: 'popular',
  count: buyers,
  text: `popular${category === undefined ? '' : ` in ${category}`}: ${buyers} buyer${buyers === 1 ? '' : 's'}`,
});

export const recentlyViewed = (views: number): Reason => ({
  kind: 'recently-viewed',
  count: views,
  text: `you looked at it ${times(views)}`,
});
