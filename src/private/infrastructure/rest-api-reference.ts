import { Stack } from 'aws-cdk-lib';
import * as cloudwatch from 'aws-cdk-lib/aws-cloudwatch';
import * as iam from 'aws-cdk-lib/aws-iam';
import type { Construct } from 'constructs';
import { PATHS, ROUTES } from '../contract';
import type { Endpoint, RequestMetric } from './endpoint';
import { API_INVOKE } from './permissions';

/** The name of the stage. It is part of every URL, so it never changes. */
export const STAGE_NAME = 'prod';

const METRIC_NAMES: { readonly [name in RequestMetric]: string } = {
  requests: 'Count',
  clientErrors: '4XXError',
  serverErrors: '5XXError',
};

/** What is known of the REST API of a server. */
export interface RestApiProps {
  readonly serverName: string;
  readonly restApiId: string;
  /** Whether it has the routes of HTTP+SSE. */
  readonly hasSse: boolean;
  /** Base URL at which clients reach the server, if it is not the URL of the stage. */
  readonly publicUrl?: string;
  /** The URL of the Registration API, if it is not below the base URL. */
  readonly registrationUrl?: string;
}

/** A REST API, defined by this app or imported. */
export class RestApiReference implements Endpoint {
  public constructor(
    protected readonly server: Construct,
    private readonly props: RestApiProps,
  ) {}

  public get restApiId(): string {
    return this.props.restApiId;
  }

  public get url(): string {
    if (this.props.publicUrl !== undefined) return this.props.publicUrl;
    // the name of the stage as a literal: a handler that reads the URL must not depend on the stage
    const { region, urlSuffix } = Stack.of(this.server);
    return `https://${this.restApiId}.execute-api.${region}.${urlSuffix}/${STAGE_NAME}`;
  }

  public get registrationUrl(): string {
    return this.props.registrationUrl ?? this.url + PATHS.REGISTER;
  }

  public grantConnect(grantee: iam.IGrantable): iam.Grant {
    return this.grantRoutes(grantee, [...ROUTES.MCP, ...(this.props.hasSse ? ROUTES.SSE : [])]);
  }

  public grantRegister(grantee: iam.IGrantable): iam.Grant {
    return this.grantRoutes(grantee, ROUTES.REGISTER);
  }

  public grantReadRegistrations(grantee: iam.IGrantable): iam.Grant {
    return this.grantRoutes(grantee, ROUTES.READ_REGISTRATIONS);
  }

  public metric(name: RequestMetric, options?: cloudwatch.MetricOptions): cloudwatch.Metric {
    return new cloudwatch.Metric({
      namespace: 'AWS/ApiGateway',
      metricName: METRIC_NAMES[name],
      // the name of the API is that of the server
      dimensionsMap: { ApiName: this.props.serverName, Stage: STAGE_NAME },
      ...options,
    }).attachTo(this.server);
  }

  private grantRoutes(grantee: iam.IGrantable, routes: readonly string[]): iam.Grant {
    const stack = Stack.of(this.server);
    return iam.Grant.addToPrincipal({
      grantee,
      actions: API_INVOKE,
      resourceArns: routes.map((route) =>
        stack.formatArn({ service: 'execute-api', resource: this.restApiId, resourceName: `${STAGE_NAME}/${route}` }),
      ),
    });
  }
}
