// biome-ignore-all lint/suspicious/noTemplateCurlyInString: the syntax of Fn::Sub
import type { ResourceDefinition } from '../../../local/assembly/template.js';

/** A role that Lambda can assume, with an inline policy. */
export function role(...statements: object[]): ResourceDefinition {
  return {
    Type: 'AWS::IAM::Role',
    Properties: {
      AssumeRolePolicyDocument: {
        Statement: [{ Effect: 'Allow', Action: 'sts:AssumeRole', Principal: { Service: 'lambda.amazonaws.com' } }],
      },
      ...(statements.length > 0 && {
        Policies: [{ PolicyName: 'inline', PolicyDocument: { Statement: statements } }],
      }),
    },
  };
}

/** A Node.js function with its code in an asset. */
export function lambdaFunction(
  roleId: string,
  assetHash: string,
  more: Record<string, unknown> = {},
): ResourceDefinition {
  return {
    Type: 'AWS::Lambda::Function',
    Properties: {
      Code: { S3Bucket: { 'Fn::Sub': 'assets-${AWS::AccountId}' }, S3Key: `${assetHash}.zip` },
      Handler: 'index.handler',
      Runtime: 'nodejs24.x',
      Timeout: 10,
      Role: { 'Fn::GetAtt': [roleId, 'Arn'] },
      ...more,
    },
  };
}

/** A REST API with one path, and the permission to invoke the function: `<api>`, `<api>Resource`, `<api>Method`, `<api>Stage`, `<api>Permission`. */
export function restApi(
  id: string,
  functionId: string,
  { path = 'hello', method = {} }: { path?: string; method?: Record<string, unknown> } = {},
): Record<string, ResourceDefinition> {
  const RestApiId = { Ref: id };
  return {
    [id]: { Type: 'AWS::ApiGateway::RestApi', Properties: { Name: id } },
    [`${id}Resource`]: {
      Type: 'AWS::ApiGateway::Resource',
      Properties: { RestApiId, ParentId: { 'Fn::GetAtt': [id, 'RootResourceId'] }, PathPart: path },
    },
    [`${id}Method`]: {
      Type: 'AWS::ApiGateway::Method',
      Properties: {
        RestApiId,
        ResourceId: { Ref: `${id}Resource` },
        HttpMethod: 'ANY',
        AuthorizationType: 'NONE',
        Integration: {
          Type: 'AWS_PROXY',
          Uri: {
            'Fn::Sub': `arn:aws:apigateway:\${AWS::Region}:lambda:path/2015-03-31/functions/\${${functionId}.Arn}/invocations`,
          },
        },
        ...method,
      },
    },
    [`${id}Stage`]: {
      Type: 'AWS::ApiGateway::Stage',
      Properties: { RestApiId, StageName: 'prod' },
      DependsOn: [`${id}Method`],
    },
    [`${id}Permission`]: {
      Type: 'AWS::Lambda::Permission',
      Properties: {
        Action: 'lambda:InvokeFunction',
        FunctionName: { 'Fn::GetAtt': [functionId, 'Arn'] },
        Principal: 'apigateway.amazonaws.com',
        SourceArn: { 'Fn::Sub': `arn:aws:execute-api:\${AWS::Region}:\${AWS::AccountId}:\${${id}}/*/*/*` },
      },
    },
  };
}
