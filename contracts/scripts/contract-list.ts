import {
  addCartItem,
  authorisePayment,
  cart,
  categories,
  changePrice,
  createProduct,
  getOrderQuery,
  identityClaims,
  listProductsQuery,
  order,
  orderAccepted,
  orderHistory,
  payment,
  paymentKnobs,
  placeOrder,
  problem,
  product,
  productPage,
  putCart,
  receiptAccepted,
  receiveStock,
  stockLevel,
  topics,
  updateProduct,
} from '@souk/contracts';
import type { ZodType } from 'zod';

const httpBodies = {
  'add-cart-item': addCartItem,
  'authorise-payment': authorisePayment,
  cart,
  categories,
  'change-price': changePrice,
  'create-product': createProduct,
  'get-order-query': getOrderQuery,
  'list-products-query': listProductsQuery,
  order,
  'order-accepted': orderAccepted,
  'order-history': orderHistory,
  payment,
  'payment-knobs': paymentKnobs,
  'place-order': placeOrder,
  problem,
  product,
  'product-page': productPage,
  'put-cart': putCart,
  'receipt-accepted': receiptAccepted,
  'receive-stock': receiveStock,
  'stock-level': stockLevel,
  'update-product': updateProduct,
};

/** Every published schema by the name of its sample and schema file: message types as they are, HTTP bodies as `http.<name>`. */
export function contracts(): Map<string, ZodType> {
  const list = new Map<string, ZodType>([['identity.claims', identityClaims]]);
  for (const topic of Object.values(topics)) {
    for (const [type, schema] of Object.entries(topic.messages)) list.set(type, schema);
  }
  for (const [name, schema] of Object.entries(httpBodies)) list.set(`http.${name}`, schema);
  return list;
}
