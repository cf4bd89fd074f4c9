import { Lazy } from 'aws-cdk-lib';
import type { Construct } from 'constructs';
import { invalid } from '../errors';

/** The metrics of individual tools: on, off, or on from the first metric of a tool that the app reads. */
export class ToolMetrics {
  /** The value of the environment variable; `lazy`: the app may read a metric later. */
  public readonly environmentValue: string;
  private enabled: boolean;

  /** @param choice the choice of the server's owner, if any */
  public constructor(private readonly choice: boolean | undefined) {
    this.enabled = choice ?? false;
    this.environmentValue = Lazy.string({ produce: () => (this.enabled ? 'on' : 'off') });
  }

  /**
   * Turns the metrics on.
   *
   * @throws at the tool if the server's owner has turned them off
   */
  public require(tool: Construct): void {
    if (this.choice === false) {
      throw invalid(
        tool,
        'this metric has no data: the server has toolMetrics: false; remove it, or read server.metric()',
      );
    }
    this.enabled = true;
  }
}
