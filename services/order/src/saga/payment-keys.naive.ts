import type { HttpClient } from '@souk/http';

type Http = Pick<HttpClient, 'request'>;

/**
 * The variant `payment-no-key`: each try of a payment call carries a key of its own. It forgets that an answer may get lost after
 * the money has moved: the provider cannot know that the next try means the same, and holds the amount a second time.
 */
export const aKeyEachTry = (http: Http, newId: () => string): Http => ({
  request: (request) => http.request({ ...request, headers: { ...request.headers, 'idempotency-key': newId() } }),
});
