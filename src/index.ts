import './private/require-cdk-version'; // first: the modules below use aws-cdk-lib

export * from './access';
export * from './annotations';
export * from './auth';
export * from './cognito';
export * from './endpoint';
export * from './event';
export * from './icon';
export * from './limits';
export * from './mcp-lambda-server';
export type { IMcpLambdaServer } from './mcp-lambda-server-interface';
export * from './mcp-lambda-server-props';
export * from './monitoring';
export * from './oauth';
export * from './open-api';
export * from './prompt';
export * from './registration-options';
export * from './resource';
export * from './schema';
export * from './tool';
