import { expect, it } from 'vitest';
import { breakEvens } from '../../../local/deployed/cost/break-even.js';
import { DEFAULT_USAGE, offers, quantity, type Usage } from '../../../local/deployed/cost/model.js';
import { duration, parseDuration } from '../../../local/deployed/durations.js';

it('adds up the parts', () => {
  for (const { parts, usd } of offers({ ...DEFAULT_USAGE, sessions: 3 })) {
    expect(parts.reduce((sum, part) => sum + part.usd, 0)).toBeCloseTo(usd);
  }
});

it('computes a stream as docs/design and the guide do: 0.024 USD an hour at 512 MiB', () => {
  for (const { parts } of offers({ ...DEFAULT_USAGE, calls: 0, sessions: 1, memory: 512 }).slice(0, 2)) {
    expect(parts.find(({ name }) => name.startsWith('open streams'))!.usd).toBeCloseTo(17.52, 2);
  }
});

/** What each part of a way costs, in USD. */
const partsOf = (id: string, usage: Partial<Usage> = {}) => {
  const { parts } = offers({ ...DEFAULT_USAGE, ...usage }).find((each) => each.id === id)!;
  return Object.fromEntries(parts.map(({ name, usd }) => [name, usd]));
};

it('computes what further calls cost with each endpoint, beside other ways', () => {
  const text = offers({ ...DEFAULT_USAGE, memory: 512 }).map(({ name, usd, perMillionCalls }) =>
    [name, usd.toFixed(2), perMillionCalls.toFixed(2)].join(' | '),
  );
  expect(text).toMatchInlineSnapshot(`
    [
      "cdk-mcp-lambda, REST API | 12.31 | 7.81",
      "cdk-mcp-lambda, function URL | 8.11 | 3.61",
      "AgentCore Gateway | 6.75 | 6.75",
      "Fargate container | 51.52 | 0.42",
      "MCP SDK in one Lambda | 2.07 | 2.07",
    ]
  `);
});

it('charges no API requests for a function URL', () => {
  const { 'API Gateway': requests, ...rest } = partsOf('restApi');
  expect(requests).toBeCloseTo(4.2);
  expect(partsOf('functionUrl')).toEqual(rest);
});

it('charges streamed bytes after the first 6 MB of a response, and 10 MB of it as one request to a REST API', () => {
  const large = { calls: 1_000, otherRequests: 0, responseKb: 16_000 };
  expect(partsOf('functionUrl', large)['streamed above 6 MB']).toBeCloseTo(10 * 0.008);
  expect(partsOf('functionUrl', large)['data transfer']).toBeCloseTo(16 * 0.09);
  expect(partsOf('restApi', large)['API Gateway']).toBeCloseTo(2_000 * 0.0000035);
});

it('finds the numbers at which both cost the same', () => {
  const points = breakEvens(DEFAULT_USAGE);
  const crossings = points.filter(({ at }) => at !== undefined);
  expect(crossings.length).toBeGreaterThan(0);
  for (const { endpoint, other, by, at } of crossings) {
    const all = offers({ ...DEFAULT_USAGE, [by]: at });
    const cost = (id: string) => all.find((each) => each.id === id)!.usd;
    expect(cost(endpoint) / cost(other)).toBeCloseTo(1, 4);
  }
});

it.each([
  [950, '950'],
  [12_345, '12.3 k'],
  [1_200_000, '1.2 M'],
  [2.154, '2.15'],
])('quantity(%d) is %s', (value, text) => expect(quantity(value)).toBe(text));

it.each([
  [820, '820 ms'],
  [12_000, '12 s'],
  [300_000, '5 m'],
  [12_000_000, '3 h 20 m'],
  [604_800_000, '7 d'],
])('duration(%d) is %s', (milliseconds, text) => expect(duration(milliseconds)).toBe(text));

it.each([
  ['90s', 90_000],
  ['7d', 604_800_000],
  ['soon', undefined],
])('parseDuration(%s) is %s', (text, milliseconds) => expect(parseDuration(text)).toBe(milliseconds));
