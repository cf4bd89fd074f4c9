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

// Name at most 64, qualifier at most 128 characters: the Lambda API's own patterns
const ARN =
  /^(arn:(aws[a-z-]*):lambda:([a-z]{2,}(?:-[a-z]+)+-\d+):(\d{12}):function:([A-Za-z0-9_-]{1,64}))(?::([A-Za-z0-9_-]{1,128}))?$/;

/** Takes a function ARN apart; undefined where it is none. */
export function parseFunctionArn(arn: string): FunctionArn | undefined {
  const match = ARN.exec(arn);
  if (!match) return undefined;
  const [, unqualified, partition, region, account, functionName, qualifier] = match;
  return { partition, region, account, functionName, unqualified, ...(qualifier === undefined ? {} : { qualifier }) };
}

/** What keeps an ARN from being registered, in words; undefined where nothing does. */
export function functionArnProblem(arn: string): string | undefined {
  if (parseFunctionArn(arn)) return undefined;
  const shown = JSON.stringify(arn.length > 200 ? `${arn.slice(0, 197)}...` : arn);
  if (/:\$LATEST/.test(arn)) {
    return `${shown} names $LATEST, which takes no permission of its own: use the ARN without qualifier, or an alias`;
  }
  return `${shown} is not the ARN of a Lambda function: expected arn:<partition>:lambda:<region>:<account>:function:<name>, with :<alias or version> or without`;
}
