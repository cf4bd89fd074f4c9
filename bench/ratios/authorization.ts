/**
 * What the check of an access token, and a limit per caller, add to a call: beside the same server without them. And the check at a function
 * URL, beside that of an authorizer.
 */
import { startWithAccess } from '../authorization';
import { alternate, type Effort, type Ratio, ratioOf } from './ratio';

const ROUNDS = { short: { rounds: 9, runs: 100 }, long: { rounds: 15, runs: 150 } } as const;
/** What is measured, and the position of its peer. */
const VARIANTS = [
  { name: 'no authorization', access: '' },
  { name: 'access token', access: 'token', peer: 0 },
  { name: 'access token and limit', access: 'token,limit', peer: 0 },
  { name: 'access token at a function URL', access: 'token,url', peer: 1 },
] as const;

export async function authorization(effort: Effort): Promise<Ratio[]> {
  const servers = [];
  for (const { access } of VARIANTS) servers.push(await startWithAccess(access));
  const sides = servers.map(({ call }) => call);
  await alternate(sides, { rounds: 1, runs: 50 }); // until the code is compiled
  const results = await alternate(sides, ROUNDS[effort]);
  for (const { stop } of servers) await stop();
  return VARIANTS.flatMap((variant, n) =>
    'peer' in variant
      ? ratioOf(`tools/call with ${variant.name}`, VARIANTS[variant.peer].name, results[n]!, results[variant.peer]!)
      : [],
  );
}
