import { expect, test } from 'vitest';
import { failureOf } from '../../../lambda/functions/outcome.js';

test.each([
  ['com.example.shop.ParcelNotFound', 'ParcelNotFound'],
  ['com.example.shop.TrackParcel$ParcelNotFound', 'ParcelNotFound'],
  ['java.lang.NullPointerException', 'NullPointerException'],
  ['ParcelNotFound', 'ParcelNotFound'],
  ['Runtime.ExitError', 'Runtime.ExitError'], // Lambda's own
  ['ENOENT: a.b', 'ENOENT: a.b'],
])('reports the error type %s as %s', (errorType, type) => {
  expect(failureOf({ errorType, errorMessage: 'no' })).toEqual({ kind: 'thrown', type, message: 'no' });
});
