import type * as cloudwatch from 'aws-cdk-lib/aws-cloudwatch';
import type * as iam from 'aws-cdk-lib/aws-iam';
import type * as lambda from 'aws-cdk-lib/aws-lambda';
import type { Construct } from 'constructs';
import { invalid } from '../errors';
import type { Endpoint, RequestMetric } from './endpoint';

const METRIC_NAMES: { readonly [name in RequestMetric]: string } = {
  requests: 'UrlRequestCount',
  clientErrors: 'Url4xxCount',
  serverErrors: 'Url5xxCount',
};

/** What is known of the function URLs of a server. */
export interface FunctionUrlProps {
  readonly url: string;
  readonly registrationUrl: string;
  readonly httpFunction: lambda.IFunction;
  /** Undefined for an imported server without its ARN. */
  readonly registrationFunction?: lambda.IFunction;
}

/** Function URLs, defined by this app or imported: one for clients, one for the Registration API. */
export class FunctionUrlReference implements Endpoint {
  public readonly url: string;
  public readonly registrationUrl: string;

  public constructor(
    protected readonly server: Construct,
    private readonly props: FunctionUrlProps,
  ) {
    this.url = props.url;
    this.registrationUrl = props.registrationUrl;
  }

  public get restApiId(): string {
    throw this.withoutRestApi('restApiId');
  }

  public grantConnect(grantee: iam.IGrantable): iam.Grant {
    return this.props.httpFunction.grantInvokeUrl(grantee);
  }

  public grantRegister(grantee: iam.IGrantable): iam.Grant {
    const { registrationFunction } = this.props;
    if (registrationFunction) return registrationFunction.grantInvokeUrl(grantee);
    throw invalid(this.server, 'grantRegister() requires the ARN of the function; set registrationFunctionArn');
  }

  public grantReadRegistrations(_grantee: iam.IGrantable): iam.Grant {
    throw invalid(
      this.server,
      'grantReadRegistrations() is not available at a function URL: IAM cannot distinguish its methods, so that the grant would allow all ' +
        'changes; use grantRegister(), or McpEndpoint.restApi()',
    );
  }

  public metric(name: RequestMetric, options?: cloudwatch.MetricOptions): cloudwatch.Metric {
    return this.props.httpFunction.metric(METRIC_NAMES[name], options);
  }

  protected withoutRestApi(property: string): Error {
    return invalid(
      this.server,
      `${property} is not available: the endpoint of the server is a function URL; use McpEndpoint.restApi() for a REST API`,
    );
  }
}
