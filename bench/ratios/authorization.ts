/** What the check of an access token, and a limit per caller, add to a call: beside the same server without them. */
import { startWithAccess } from '../authorization';
import { alternate, type Effort, type Ratio, ratioOf } from './ratio';

const ROUNDS = { short: { rounds: 9, runs: 100 }, long: { rounds: 15, runs: 150 } } as const;
const VARIANTS = [
  ['access token', 'token'],
  ['access token and limit', 'token,limit'],
] as const;

export async function authorization(effort: Effort): Promise<Ratio[]> {
  const servers = [];
  for (const access of ['', ...VARIANTS.map(([, access]) => access)]) servers.push(await startWithAccess(access));
  const sides = servers.map(({ call }) => call);
  await alternate(sides, { rounds: 1, runs: 50 }); // until the code is compiled
  const [open, ...others] = await alternate(sides, ROUNDS[effort]);
  for (const { stop } of servers) await stop();
  return VARIANTS.map(([name], n) => ratioOf(`tools/call with ${name}`, 'no authorization', others[n]!, open!));
}
