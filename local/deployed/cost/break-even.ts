import { type Endpoint, type Offer, offers, type Usage } from './model.js';

/** Where a server of this library costs as much as another way, at a number of calls or of streams a month. */
export interface BreakEven {
  readonly endpoint: Endpoint;
  readonly other: Exclude<Offer['id'], Endpoint>;
  readonly name: string;
  readonly by: 'calls' | 'sessions';
  /** The number; undefined if one of them is always cheaper. */
  readonly at?: number;
  /** Which is cheaper below `at`, or always. */
  readonly cheaperBelow: 'server' | 'other';
}

const LIMITS = { calls: 1e10, sessions: 1e6 } as const;
const STEPS = 60;

const ENDPOINTS: readonly Endpoint[] = ['restApi', 'functionUrl'];

const isServer = (id: Offer['id']): id is Endpoint => ENDPOINTS.includes(id as Endpoint);

/** Finds the break-even points of a usage with each endpoint: by its calls, and by its open streams. */
export function breakEvens(usage: Usage): BreakEven[] {
  const others = offers(usage).flatMap(({ id, name }) => (isServer(id) ? [] : [{ other: id, name }]));
  return ENDPOINTS.flatMap((endpoint) =>
    others.flatMap((other) =>
      (['calls', 'sessions'] as const).map((by) => ({
        endpoint,
        ...other,
        by,
        ...crossing(usage, endpoint, other.other, by),
      })),
    ),
  );
}

function crossing(
  usage: Usage,
  endpoint: Endpoint,
  other: BreakEven['other'],
  by: BreakEven['by'],
): Pick<BreakEven, 'at' | 'cheaperBelow'> {
  /** How much more the server costs. */
  const difference = (value: number) => {
    const all = offers({ ...usage, [by]: value });
    const cost = (id: Offer['id']) => all.find((each) => each.id === id)!.usd;
    return cost(endpoint) - cost(other);
  };
  const [first, last] = [difference(by === 'calls' ? 1 : 0), difference(LIMITS[by])];
  const cheaperBelow = first <= 0 ? 'server' : 'other';
  if (first <= 0 === last <= 0) return { cheaperBelow };
  let [low, high] = [by === 'calls' ? 1 : 0, LIMITS[by] as number];
  for (let step = 0; step < STEPS; step++) {
    const middle = (low + high) / 2;
    if (difference(middle) <= 0 === first <= 0) low = middle;
    else high = middle;
  }
  return { at: high, cheaperBelow };
}
