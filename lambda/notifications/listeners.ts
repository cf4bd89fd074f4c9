import { SESSIONS } from '../../src/private/contract.js';
import { type Lease, Leases } from '../shared/leases.js';

/** The records of listeners on `/mcp`, by which they are counted. */
export class Listeners extends Leases {
  constructor() {
    super(SESSIONS.LISTENERS);
  }

  /** Takes a place. Whoever had it under that id has lost it. */
  take(id: string, holder: string, lease: Lease): Promise<void> {
    return this.put(id, lease, { holder: { S: holder } }, { replace: true });
  }

  /** Extends the lease. False if the place is gone or somebody else's. */
  renew(id: string, holder: string, leaseUntil: number): Promise<boolean> {
    return this.update(
      id,
      'SET leaseUntil = :leaseUntil',
      { ':leaseUntil': { N: String(leaseUntil) } },
      heldBy(holder),
    );
  }

  /** Gives the place back, unless it is somebody else's by now. */
  async release(id: string, holder: string): Promise<void> {
    await this.delete(id, heldBy(holder));
  }
}

function heldBy(holder: string) {
  return { expression: 'holder = :holder', values: { ':holder': { S: holder } } };
}
