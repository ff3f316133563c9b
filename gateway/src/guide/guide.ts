/** The page behind `GET /`: what this is and the tour of README.md, to be pasted line by line. `base` is the address of the shop. */
export const guide = (base: string): string => `Souk: a small shop that is run like a large one.

Catalog, inventory, order and recommendation are independent services on Kafka, PostgreSQL and a document store; this gateway is
their only door. Everything is under ${base}/api as JSON; errors are RFC 9457 problem+json with a stable "code".
The tour below needs curl and sed. Run it line by line in the folder of the checkout.

1. Look around (no sign-in needed)

   curl -s '${base}/api/products?q=lamp&sort=price&pageSize=3'
   curl -s '${base}/api/categories'
   curl -s '${base}/api/pages/product/019b8d63-64e0-79e3-8779-b97f4a7c150c'
   curl -s '${base}/api/recommendations?limit=3'

2. Sign in (a development token; there is alice, bob and admin)

   TOKEN=$(./souk token alice)

3. Fill the cart

   curl -s -X POST ${base}/api/cart/items -H "authorization: Bearer $TOKEN" -H 'content-type: application/json' -d '{"sku":"KIT-FRENCHPRESS-1L","quantity":2}'
   CART=$(curl -s ${base}/api/cart -H "authorization: Bearer $TOKEN"); echo "$CART"
   VERSION=$(echo "$CART" | sed 's/.*"version":\\([0-9]*\\).*/\\1/'); TOTAL=$(echo "$CART" | sed 's/.*"total":\\({[^}]*}\\).*/\\1/')

4. Order it; the Idempotency-Key makes a repeat harmless

   ORDER=$(curl -s -X POST ${base}/api/orders -H "authorization: Bearer $TOKEN" -H 'content-type: application/json' -H "idempotency-key: tour-$(date +%s%N)" -d '{"cartVersion":'$VERSION',"expectedTotal":'$TOTAL',"address":{"name":"Alice","street":"1 Market Lane","city":"Berlin","postalCode":"10115","country":"DE"},"paymentMethod":{"type":"card","token":"tok_visa"}}' | sed 's/.*"orderId":"\\([^"]*\\)".*/\\1/'); echo "$ORDER"

5. Wait until it is confirmed, then see what happened

   curl -s "${base}/api/orders/$ORDER?wait=5s" -H "authorization: Bearer $TOKEN"
   curl -s "${base}/api/orders/$ORDER/history" -H "authorization: Bearer $TOKEN"

6. See your orders, and ask several things at once

   curl -s '${base}/api/orders?limit=3' -H "authorization: Bearer $TOKEN"
   curl -s -X POST ${base}/api/batch -H "authorization: Bearer $TOKEN" -H 'content-type: application/json' -d '{"requests":[{"path":"/api/customers/me/summary"},{"path":"/api/stock/KIT-FRENCHPRESS-1L"},{"path":"/api/pages/home"}]}'

7. Change your mind: the money and the stock come back

   curl -s -X POST "${base}/api/orders/$ORDER/cancel" -H "authorization: Bearer $TOKEN"
   curl -s "${base}/api/orders/$ORDER?wait=5s" -H "authorization: Bearer $TOKEN"

8. Do stock, payments and orders agree?

   ./souk audit
`;
