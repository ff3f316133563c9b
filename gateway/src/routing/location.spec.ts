import { describe, expect, it } from '@jest/globals';
import { publicLocation } from './location.js';

const isOurs = (origin: string): boolean => ['http://catalog:8080', 'http://10.0.0.7:8080'].includes(origin);
const orders = { publicPath: '/api/orders', path: '/orders' };
const v2 = { publicPath: '/api/v2/products/7', path: '/products/7' };

describe('where an answer leads', () => {
  it.each<[string, typeof orders, string]>([
    ['/orders/7', orders, '/api/orders/7'],
    ['/orders/7?a=1#b', orders, '/api/orders/7?a=1#b'],
    ['/api/orders/7', orders, '/api/orders/7'],
    ['http://catalog:8080/products/7?a=1', orders, '/api/products/7?a=1'],
    ['http://10.0.0.7:8080/api/products/7', orders, '/api/products/7'],
    ['HTTP://Catalog:8080/products/7', orders, '/api/products/7'],
    ['//catalog:8080/products/7', orders, '/api/products/7'],
    ['https://pay.example/session/7', orders, 'https://pay.example/session/7'],
    ['http://catalog:8081/x', orders, 'http://catalog:8081/x'],
    ['//pay.example/x', orders, '//pay.example/x'],
    ['7/cancel', orders, '7/cancel'],
    ['/products/8', v2, '/api/v2/products/8'],
    ['/reviews/r1', { publicPath: '/api/products/reviews', path: '/reviews' }, '/api/products/reviews/r1'],
    ['/inner/reviews/r1', { publicPath: '/api/reviews', path: '/inner/reviews' }, '/api/reviews/r1'],
    ['/elsewhere', { publicPath: '/api/reviews', path: '/inner/reviews' }, '/api/elsewhere'],
  ])('RTE-8: %s', (location, way, expected) => {
    expect(publicLocation(location, way, isOurs)).toBe(expected);
  });
});
