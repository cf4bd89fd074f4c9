import * as ec2 from 'aws-cdk-lib/aws-ec2';
import * as iam from 'aws-cdk-lib/aws-iam';
import type { Construct } from 'constructs';
import { McpLambdaServerBase } from './mcp-lambda-server-base';
import type { McpLambdaServerAttributes } from './mcp-lambda-server-props';
import { invalid } from './private/errors';
import type { Endpoint } from './private/infrastructure/endpoint';
import { importedEndpoint } from './private/infrastructure/imported-endpoint';
import { checkAttributes } from './private/validation/server-attributes';

/**
 * A server that is defined elsewhere.
 *
 * @internal
 */
export class ImportedServer extends McpLambdaServerBase {
  public readonly serverName: string;
  public readonly registrationProviderArn: string;
  public readonly runtimeRoleArn: string;
  public readonly grantPrincipal: iam.IPrincipal;
  public readonly connections: ec2.Connections;
  /** @internal */
  protected readonly _hasSse: boolean;
  /** @internal */
  protected readonly _endpoint: Endpoint;
  private readonly attributes: McpLambdaServerAttributes;

  /** @throws if an attribute is invalid, or the attributes are not those of one endpoint */
  public constructor(scope: Construct, id: string, attributes: McpLambdaServerAttributes) {
    super(scope, id);
    checkAttributes(this, attributes);
    this.serverName = attributes.serverName;
    this.registrationProviderArn = attributes.registrationProviderArn;
    this.runtimeRoleArn = attributes.runtimeRoleArn;
    this.grantPrincipal = iam.Role.fromRoleArn(this, 'RuntimeRole', attributes.runtimeRoleArn);
    this.connections = new ec2.Connections({ securityGroups: attributes.securityGroups });
    this._hasSse = attributes.legacySse ?? attributes.httpFunctionArn === undefined;
    this._endpoint = importedEndpoint(this, attributes, this._hasSse);
    this.attributes = attributes;
  }

  public get mcpUrl(): string {
    return this.attributes.mcpUrl ?? super.mcpUrl;
  }

  /**
   * @param grantee the principal to grant access to
   * @throws if clients do not sign their requests with AWS credentials
   */
  public grantConnect(grantee: iam.IGrantable): iam.Grant {
    if (this.attributes.iamAuth ?? true) return super.grantConnect(grantee);
    throw invalid(
      this,
      'grantConnect() has nothing to grant: iamAuth is false, so callers have no AWS credentials; remove the grant',
    );
  }
}
