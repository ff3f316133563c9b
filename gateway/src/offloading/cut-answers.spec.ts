import { describe, expect, it } from '@jest/globals';
import { CodedError } from '@souk/http';
import { cutAnswers } from './cut-answers.js';

describe('a cut answer', () => {
  it('is one warning, with the code where there is one, the route and no address', () => {
    const lines: [object, string][] = [];
    const tell = cutAnswers({ warn: (fields, message) => lines.push([fields, message]) });
    const request = { method: 'GET', routeTemplate: '/api/products/:id', url: '/api/products/7?token=x' };
    const fault = new CodedError('unavailable', 'upstream-unavailable', 'catalog cannot be reached.');
    tell(fault, request);
    tell(new TypeError('bad header'), request);
    const about = { method: 'GET', route: '/api/products/:id' };
    expect(lines).toEqual([
      [{ ...about, code: 'upstream-unavailable', err: fault }, 'an answer was cut'],
      [{ ...about, code: undefined, err: expect.any(TypeError) }, 'an answer was cut'],
    ]);
  });
});
