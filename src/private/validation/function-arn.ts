/** The parts of a Lambda function's ARN. */
export interface FunctionArn {
  /** `aws`, `aws-cn`, `aws-us-gov`, … */
  readonly partition: string;
  readonly region: string;
  readonly account: string;
  readonly functionName: string;
  /** Alias or version number; absent in an unqualified ARN. */
  readonly qualifier?: string;
  /** The ARN without qualifier. */
  readonly unqualified: string;
}

// the patterns of the Lambda API: a name has at most 64 characters, a qualifier at most 128
const ARN =
  /^(arn:(aws[a-z-]*):lambda:([a-z]{2,}(?:-[a-z]+)+-\d+):(\d{12}):function:([A-Za-z0-9_-]{1,64}))(?::([A-Za-z0-9_-]{1,128}))?$/;

/** Parses a function ARN; undefined if it is invalid. */
export function parseFunctionArn(arn: string): FunctionArn | undefined {
  const match = ARN.exec(arn);
  if (!match) return undefined;
  const [, unqualified, partition, region, account, functionName, qualifier] = match;
  return { partition, region, account, functionName, unqualified, ...(qualifier === undefined ? {} : { qualifier }) };
}

/** Why an ARN cannot be registered; undefined if it can. */
export function functionArnProblem(arn: string): string | undefined {
  if (parseFunctionArn(arn)) return undefined;
  const shown = JSON.stringify(arn.length > 200 ? `${arn.slice(0, 197)}...` : arn);
  if (/:\$LATEST/.test(arn)) {
    return `${shown} refers to $LATEST, which cannot have its own permissions: use the ARN without a qualifier, or an alias`;
  }
  return `${shown} is not a Lambda function ARN: expected arn:<partition>:lambda:<region>:<account>:function:<name>, optionally with :<alias or version>`;
}
