/** Orders that a pair must outweigh: with less than these its similarity is mostly doubt. Chosen by recommender.quality.spec.ts. */
export const SHRINKAGE = 5;

/**
 * How much two products belong together: the cosine of their order vectors with a shrink term,
 *
 *     s(i, j) = n_ij / (√(n_i · n_j) + h)
 *
 * n_i orders that hold i, n_ij orders that hold both. The cosine is that of item-based neighbourhood models (Sarwar et al., WWW 2001;
 * Deshpande and Karypis, TOIS 2004), the shrink term h in this place that of Ferrari Dacrema et al. (RecSys 2019): two orders
 * that agree by chance score 2/(2 + h), not 1. In [0, 1).
 */
export function similarity(together: number, orders: number, otherOrders: number): number {
  return together / (Math.sqrt(orders * otherOrders) + SHRINKAGE);
}
