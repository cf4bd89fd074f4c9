/** Cross-origin configuration of a function URL. */
export interface CorsConfig {
  readonly AllowCredentials?: boolean;
  readonly AllowHeaders?: readonly string[];
  readonly AllowMethods?: readonly string[];
  readonly AllowOrigins?: readonly string[];
  readonly ExposeHeaders?: readonly string[];
  readonly MaxAge?: number;
}

/** A function URL: `AWS::Lambda::Url`. */
export interface FunctionUrlDefinition {
  /** ARN of the function, with the alias. */
  readonly functionArn: string;
  readonly authType: 'AWS_IAM' | 'NONE';
  readonly invokeMode: 'BUFFERED' | 'RESPONSE_STREAM';
  readonly cors?: CorsConfig;
}

/** Parses the properties of `AWS::Lambda::Url`. */
export function functionUrlDefinition(
  functionArn: string,
  properties: Readonly<Record<string, unknown>>,
): FunctionUrlDefinition {
  const { AuthType, InvokeMode, Cors } = properties;
  return {
    functionArn,
    authType: AuthType === 'NONE' ? 'NONE' : 'AWS_IAM',
    invokeMode: InvokeMode === 'RESPONSE_STREAM' ? 'RESPONSE_STREAM' : 'BUFFERED',
    cors: Cors as CorsConfig | undefined,
  };
}
