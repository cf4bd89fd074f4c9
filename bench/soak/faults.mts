/** The faults of the soak test, each with the same share: those of AWS calls of the server functions, and those of invocations. */
export function faultPlan(share: number, seed: number): string {
  const caller = 'Soak/Mcp/*';
  const data = { service: ['dynamodb', 'sqs'], caller, share };
  const invoke = { service: 'lambda', caller, share };
  return JSON.stringify({
    seed,
    faults: [
      { type: 'throttle', ...data },
      { type: 'error', ...data },
      { type: 'error', ...data, when: 'after' },
      { type: 'delay', ...data, milliseconds: 500 },
      { type: 'reset', ...data },
      { type: 'reset', ...data, when: 'after' },
      { type: 'noAnswer', ...data },
      { type: 'noAnswer', ...data, when: 'after' },
      { type: 'duplicate', ...data },
      { type: 'throttle', ...invoke },
      { type: 'error', ...invoke },
      { type: 'delay', ...invoke, when: 'after', milliseconds: 500 },
      { type: 'reset', ...invoke, when: 'after' },
      { type: 'noAnswer', ...invoke, when: 'after' },
      { type: 'reset', function: ['Soak/record', 'Soak/work'], share },
      { type: 'throttle', function: ['Soak/Mcp/HttpFunction', 'Soak/Mcp/MessageFunction'], share },
      { type: 'duplicate', function: 'Soak/Mcp/TaskRunnerFunction', share },
    ],
  });
}
