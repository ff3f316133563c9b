import type { ZodType } from 'zod';
import { reportActivity } from '../activity/http.js';
import { actor, cartItemAdded, productViewed } from '../activity/events.js';
import {
  categories,
  changePrice,
  createProduct,
  product,
  productPage,
  productSort,
  updateProduct,
} from '../catalog/http.js';
import { money, moneyInput, problem, stockLine } from '../common.js';
import { breakerList, breakerPage, breakerView } from '../gateway/resilience.js';
import { deadLetter, deadLetterDetails, deadLetterList, deadLetterPage, deadLetterResult } from '../dead-letters.js';
import { abandonSaga, sagaDetails, sagaIntervention, sagaList, sagaSummary } from '../order/saga-http.js';
import {
  batchAnswer,
  batchRequest,
  homePageView,
  agedPart,
  cachePurge,
  missingPart,
  productPageView,
  sessionView,
  signedOut,
} from '../gateway/http.js';
import { role } from '../identity/claims.js';
import { receiptAccepted, receiveStock, stockLevel, stockLevels } from '../inventory/http.js';
import { address, addressInput, orderLine, orderStatus, rejectionReason } from '../order/events.js';
import {
  addCartItem,
  cart,
  order,
  orderAccepted,
  orderHistory,
  paymentMethod,
  placeOrder,
  putCart,
} from '../order/http.js';
import { customerSummary, dailySales, orderPage, productSales } from '../order/query-http.js';
import { authorisePayment, payment, paymentKnobs } from '../payment/http.js';
import { recommendation, recommendationReason, recommendations } from '../recommendation/http.js';

/** Schemas with a name of their own in the documents and in the typed client; all others are written where they stand. */
export const components: Readonly<Record<string, ZodType>> = {
  Money: money,
  MoneyInput: moneyInput,
  Problem: problem,
  StockLine: stockLine,
  Product: product,
  ProductSort: productSort,
  ProductPage: productPage,
  Categories: categories,
  CreateProduct: createProduct,
  UpdateProduct: updateProduct,
  ChangePrice: changePrice,
  StockLevel: stockLevel,
  StockLevels: stockLevels,
  ReceiveStock: receiveStock,
  ReceiptAccepted: receiptAccepted,
  Address: address,
  AddressInput: addressInput,
  PaymentMethod: paymentMethod,
  CartLine: addCartItem,
  Cart: cart,
  PutCart: putCart,
  OrderStatus: orderStatus,
  RejectionReason: rejectionReason,
  OrderLine: orderLine,
  Order: order,
  PlaceOrder: placeOrder,
  OrderAccepted: orderAccepted,
  OrderEvent: orderHistory.shape.events.element,
  OrderHistory: orderHistory,
  OrderPage: orderPage,
  CustomerSummary: customerSummary,
  ProductSales: productSales,
  DailySales: dailySales,
  Recommendation: recommendation,
  RecommendationReason: recommendationReason,
  Recommendations: recommendations,
  Actor: actor,
  ProductViewed: productViewed,
  CartItemAdded: cartItemAdded,
  ReportActivity: reportActivity,
  MissingPart: missingPart,
  AgedPart: agedPart,
  CachePurge: cachePurge,
  ProductPageView: productPageView,
  HomePageView: homePageView,
  BatchRequest: batchRequest,
  BatchAnswer: batchAnswer,
  Saga: sagaSummary,
  SagaDetails: sagaDetails,
  SagaList: sagaList,
  SagaIntervention: sagaIntervention,
  AbandonSaga: abandonSaga,
  Breaker: breakerView,
  BreakerPage: breakerPage,
  BreakerList: breakerList,
  DeadLetter: deadLetter,
  DeadLetterDetails: deadLetterDetails,
  DeadLetterPage: deadLetterPage,
  DeadLetterList: deadLetterList,
  DeadLetterResult: deadLetterResult,
  Role: role,
  Session: sessionView,
  SignedOut: signedOut,
  AuthorisePayment: authorisePayment,
  Payment: payment,
  PaymentKnobs: paymentKnobs,
};
