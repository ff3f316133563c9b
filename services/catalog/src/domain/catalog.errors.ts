/** Codes are API and never change their meaning; the messages may. */
const errors = {
  'product-not-found': { kind: 'not-found', message: 'No such product.' },
  'product-conflict': { kind: 'conflict', message: 'A product with this id exists and was created from another body.' },
  'sku-taken': { kind: 'conflict', message: 'Another product has this sku.' },
  'product-retired': { kind: 'conflict', message: 'The product is retired and cannot be changed.' },
  'currency-fixed': { kind: 'conflict', message: 'The currency of a product cannot be changed.' },
  'product-busy': { kind: 'conflict', message: 'The product is being changed by many others; try again.' },
} as const;

export type CatalogErrorCode = keyof typeof errors;

export class CatalogError extends Error {
  readonly kind: (typeof errors)[CatalogErrorCode]['kind'];

  constructor(readonly code: CatalogErrorCode) {
    super(errors[code].message);
    this.name = 'CatalogError';
    this.kind = errors[code].kind;
  }
}
