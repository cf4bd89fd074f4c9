import { CfnResource, Stack, Validations } from 'aws-cdk-lib';
import * as apigateway from 'aws-cdk-lib/aws-apigateway';
import * as ec2 from 'aws-cdk-lib/aws-ec2';
import * as iam from 'aws-cdk-lib/aws-iam';
import type { IConstruct } from 'constructs';

/** Why a role has a statement with a wildcard, by the text of the resource. */
const WILDCARDS: ReadonlyArray<readonly [pattern: RegExp, reason: string]> = [
  [/:sqs:.*-\*$/, 'Session queues are created at run time. Their names begin with the id of the server.'],
  [
    /:lambda:.*:function:\*$/,
    'Limited by conditions to functions whose owner opted in by tag, and to the runtime role as principal.',
  ],
  [/\/mcp-results\/.*\*$/, 'Results are stored at run time. Their keys begin with the id of the server.'],
  [/^\*$/, 'The actions sqs:ListQueues and ec2:*NetworkInterface* do not support resource-level permissions.'],
];

const API_REASONS = {
  APIG1:
    'Access logs require an account-level role. accessLogDestination turns them on; the functions log each request.',
  APIG2: 'The functions validate requests. JSON-RPC messages and registrations are beyond the models of API Gateway.',
  APIG3: 'A web ACL has a price and is a choice of the owner. It can be associated with the stage.',
  APIG6: 'Execution logs would contain arguments and session ids, and require an account-level role.',
} as const;

/**
 * Acknowledges the findings of cdk-nag's AwsSolutions pack that follow from how the server works: each on its resource, with its reason. It
 * does not acknowledge what a property of the app causes, such as `McpAuth.none()` or `allowedOrigins`.
 */
export function acknowledgeNagFindings(server: IConstruct): void {
  for (const construct of server.node.findAll()) {
    if (construct instanceof iam.CfnPolicy) acknowledgeWildcards(construct);
    if (construct instanceof apigateway.CfnMethod) acknowledgeAuthorization(construct);
    if (construct instanceof ec2.CfnSecurityGroup) {
      acknowledge(
        construct,
        'CdkNagValidationFailure',
        'The security group allows traffic between the server functions only.',
      );
    }
  }
  const sessionTable = server.node.findChild('SessionTable');
  acknowledge(
    sessionTable,
    'AwsSolutions-DDB3',
    'Sessions are short-lived: clients open another one if the table is lost.',
  );
}

/** Acknowledges the findings in the REST API of a server. */
export function acknowledgeApiFindings(api: apigateway.RestApi, hasAccessLog: boolean): void {
  acknowledge(api, 'AwsSolutions-APIG2', API_REASONS.APIG2);
  if (!hasAccessLog) acknowledge(api.deploymentStage, 'AwsSolutions-APIG1', API_REASONS.APIG1);
  acknowledge(api.deploymentStage, 'AwsSolutions-APIG3', API_REASONS.APIG3);
  acknowledge(api.deploymentStage, 'AwsSolutions-APIG6', API_REASONS.APIG6);
}

function acknowledgeWildcards(policy: iam.CfnPolicy): void {
  const { Statement: statements } = (policy.policyDocument as iam.PolicyDocument).toJSON() as {
    Statement: { Resource?: string | string[] }[];
  };
  for (const resource of new Set(statements.flatMap(({ Resource = [] }) => Resource))) {
    // a resource of the app is not resolved: a Lazy value may not be known yet, and keeps the first value that it produces
    const reason = WILDCARDS.find(([pattern]) => pattern.test(resource))?.[1];
    if (reason)
      acknowledge(policy, 'AwsSolutions-IAM5', reason, `Resource::${flatten(Stack.of(policy).resolve(resource))}`);
  }
}

/** COG4 asks for a Cognito user pool. */
function acknowledgeAuthorization(method: apigateway.CfnMethod): void {
  const reasons: { [authorizationType: string]: string } = {
    [apigateway.AuthorizationType.IAM]: 'Requests are authorized by IAM.',
    [apigateway.AuthorizationType.CUSTOM]: 'Requests are authorized by a Lambda authorizer of the app.',
  };
  const reason = reasons[method.authorizationType ?? ''];
  if (reason) acknowledge(method, 'AwsSolutions-COG4', reason);
}

/** Acknowledges a rule, or one of its findings, for both generations of cdk-nag. */
function acknowledge(construct: IConstruct, rule: string, reason: string, finding?: string): void {
  const resource = (construct instanceof CfnResource ? construct : construct.node.defaultChild) as
    | CfnResource
    | undefined;
  if (!resource) return; // an imported table or stage
  // Validations.acknowledge() does not accept ids with several `::`, as ARNs with pseudo parameters have; this is what it records
  resource.node.addMetadata(Validations.ACKNOWLEDGED_RULES_METADATA_KEY, {
    [`annotation::${finding ? `${rule}[${finding}]` : rule}`]: reason,
  });
  // cdk-nag 2 reads the metadata of the resource in the template
  const { rules_to_suppress = [] } = resource.getMetadata('cdk_nag') ?? {};
  const suppression = { id: rule, reason, ...(finding ? { applies_to: [finding] } : {}) };
  resource.addMetadata('cdk_nag', { rules_to_suppress: [...rules_to_suppress, suppression] });
}

/** A resolved value as cdk-nag writes it in the id of a finding. */
function flatten(value: any): string {
  if (typeof value === 'string') return value;
  if (value['Fn::Join']) return value['Fn::Join'][1].map(flatten).join(value['Fn::Join'][0]);
  if (value['Fn::GetAtt']) return `<${value['Fn::GetAtt'].join('.')}>`;
  if (value['Fn::ImportValue']) return flatten(value['Fn::ImportValue']);
  return value.Ref ? `<${value.Ref}>` : JSON.stringify(value);
}
