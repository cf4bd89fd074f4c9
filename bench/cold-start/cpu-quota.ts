import { existsSync, mkdirSync, readFileSync, rmdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

/** Length of a period in which a process gets its share, microseconds: Lambda's. */
const PERIOD_US = 20_000;
/** Memory size at which Lambda gives a whole vCPU, MiB. */
const MIB_PER_VCPU = 1_769;
/** Weight of the group, so that programs beside the benchmark take as little of its time as they do of a process with nice -10. */
const WEIGHT = { v1: 10_240, v2: 10_000 };

const V1 = '/sys/fs/cgroup/cpu';
const V2 = '/sys/fs/cgroup';

/** The part of a vCPU that Lambda gives to a function with so much memory. */
export const cpuShare = (memoryMib: number) => memoryMib / MIB_PER_VCPU;

/** A Linux control group whose processes get a part of a processor, as functions do on Lambda: the kernel stops them until the next period. */
export class CpuQuota {
  private readonly v1 = existsSync(join(V1, 'cpu.cfs_quota_us'));
  private readonly directory = join(this.v1 ? V1 : V2, `mcp-bench-${process.pid}`);

  /** @throws if the control groups cannot be written: the benchmark must run as root on Linux, and outside most containers */
  constructor() {
    try {
      if (!this.v1) writeFileSync(join(V2, 'cgroup.subtree_control'), '+cpu');
      mkdirSync(this.directory);
      if (this.v1) {
        this.write('cpu.cfs_period_us', PERIOD_US);
        this.write('cpu.shares', WEIGHT.v1);
      } else this.write('cpu.weight', WEIGHT.v2);
    } catch (error) {
      throw new Error(`cannot create the control group ${this.directory}: run as root on Linux`, { cause: error });
    }
  }

  /** Adds a process, with the threads and processes that it starts. */
  add(pid: number): void {
    this.write('cgroup.procs', pid);
  }

  /**
   * Limits the processes.
   * @param share part of a processor; undefined for no limit
   */
  limit(share: number | undefined): void {
    const quota = share === undefined ? undefined : Math.round(share * PERIOD_US);
    if (this.v1) this.write('cpu.cfs_quota_us', quota ?? -1);
    else this.write('cpu.max', `${quota ?? 'max'} ${PERIOD_US}`);
  }

  /** Number of periods in which processes were stopped. */
  get throttledPeriods(): number {
    const stat = readFileSync(join(this.directory, 'cpu.stat'), 'utf8');
    return Number(/^nr_throttled (\d+)$/m.exec(stat)![1]);
  }

  /** Removes the group, which must have no processes. */
  remove(): void {
    rmdirSync(this.directory);
  }

  private write(file: string, value: number | string): void {
    writeFileSync(join(this.directory, file), String(value));
  }
}
