/** Variant `recommendation-popular`: everybody is told what everybody buys; what was asked about changes nothing. */
import { filledUp } from './popularity.js';
import { type Market, type Question, Recommender, type Suggestion } from './recommender.js';

export class PopularityRecommender extends Recommender {
  answer(market: Market, question: Question): Suggestion[] {
    const asked = question.productId === undefined ? undefined : market.assortment.numberOfProduct(question.productId);
    const bought = question.customer === undefined ? [] : market.baskets.boughtBy(question.customer.key);
    const except = new Set(asked === undefined ? bought : [asked, ...bought]);
    return filledUp(market, question, [], { category: question.category, except });
  }
}
