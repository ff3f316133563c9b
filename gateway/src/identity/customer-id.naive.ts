import type { CustomerId } from './customer-id.js';

/** Variant `issuers-mixed`: a subject is a person, whoever says it. Who may choose a name at one provider takes over its bearer at another. */
export const bySubjectAlone: CustomerId = (_issuer, subject) => subject;
