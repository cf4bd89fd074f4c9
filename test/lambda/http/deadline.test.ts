import { expect, test } from 'vitest';
import { responseDeadline } from '../../../lambda/http/deadline.js';

test('ends a response 5 seconds before the invocation', () => {
  expect(responseDeadline(900_000, 1_000)).toBe(896_000);
});

test('leaves most of a short invocation to the response', () => {
  expect(responseDeadline(2_000, 0)).toBe(1_500);
});
