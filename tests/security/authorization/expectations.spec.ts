import { describe, expect, it } from '@jest/globals';
import { type Operation, operationsOf, readDocument } from '../support/documents.ts';
import { BEHIND } from '../support/door.ts';
import { AT_GATEWAY, AT_SERVICES } from './expectations.ts';

const keys = (operations: readonly Operation[]): string[] => operations.map(({ key }) => key).sort();

describe('the authorization matrix', () => {
  it('has every route of the public document, and no other', () => {
    expect(Object.keys(AT_GATEWAY).sort()).toEqual(keys(operationsOf(readDocument())));
  });

  it.each(BEHIND)('has every route of %s, and no other', (service) => {
    expect(Object.keys(AT_SERVICES[service]).sort()).toEqual(keys(operationsOf(readDocument(service))));
  });

  it('lets in without a token where the document does, and nowhere else', () => {
    const differing = operationsOf(readDocument()).filter(({ key, operation: { security = [] } }) => {
      const isOpen = security.length === 0 || security.some((one) => Object.keys(one).length === 0);
      // Who is not signed in can sign out: nothing comes of it.
      return key !== 'POST /auth/logout' && isOpen !== (AT_GATEWAY[key]?.who === 'everybody');
    });
    expect(keys(differing)).toEqual([]);
  });

  it('names what a path names, and nothing where it names nothing', () => {
    const tables = [AT_GATEWAY, ...Object.values(AT_SERVICES)].flatMap((table) => Object.entries(table));
    expect(tables.filter(([key, { names }]) => key.includes('{') !== (names !== undefined))).toEqual([]);
  });

  it('keeps what is below /admin for administrators', () => {
    const tables = [AT_GATEWAY, ...Object.values(AT_SERVICES)].flatMap((table) => Object.entries(table));
    expect(tables.filter(([key, { who }]) => key.includes('/admin/') !== (who === 'administrators'))).toEqual([]);
  });
});
