/** The registration: what one tool, resource or prompt is. Shared by the constructs and the handlers; types only. */

export type RegistrationType = 'tool' | 'resource' | 'prompt';
export type Payload = 'ARGUMENTS' | 'REQUEST';
export type InvokeMode = 'BUFFERED' | 'RESPONSE_STREAM';
export type JsonObject = { [key: string]: unknown };

export interface PromptArgument {
  readonly name: string;
  readonly title?: string;
  readonly description?: string;
  readonly required?: boolean;
}

/** What a registrant writes: the body of `POST /register`, after validation (`parameters` has become `inputSchema` or `arguments`). */
export interface RegistrationDefinition {
  readonly type: RegistrationType;
  readonly name: string;
  readonly title?: string;
  readonly description?: string;
  readonly icons?: ReadonlyArray<JsonObject>;
  readonly lambdaArn: string;
  readonly _meta?: JsonObject;
  readonly payload?: Payload;
  readonly invokeMode?: InvokeMode;
  readonly timeoutSeconds?: number;
  readonly enabled?: boolean;
  readonly asksClient?: ReadonlyArray<'elicitation' | 'sampling' | 'roots'>;
  readonly completions?: { [argument: string]: string[] };
  /** ARN of a function that answers `completion/complete`. */
  readonly completionHandler?: string;
  readonly cache?: { readonly ttlSeconds: number; readonly scope: 'public' | 'private' };
  // tool
  readonly inputSchema?: JsonObject;
  readonly outputSchema?: JsonObject;
  readonly taskSupport?: 'forbidden' | 'optional' | 'required';
  // tool and resource
  readonly annotations?: JsonObject;
  // resource
  readonly uri?: string;
  readonly uriTemplate?: string;
  readonly mimeType?: string;
  readonly size?: number;
  readonly listable?: boolean;
  // prompt
  readonly arguments?: ReadonlyArray<PromptArgument>;
}

/** A stored registration: the definition and what the server adds to it. */
export interface Registration extends RegistrationDefinition {
  /** `<type>-<name>`. */
  readonly id: string;
  readonly owner: 'cdk' | 'api';
  readonly createdAt: string;
  readonly updatedAt: string;
  readonly revision: number;
  /** Id of the registration that is served in this one's place, its uri being the same. */
  readonly shadowedBy?: string;
}

/**
 * How a registration is stored in the registry table: keys `type` and `name`, these attributes, nothing nested, so that
 * a reader of any later version can tell what it has before it parses.
 */
export interface RegistrationItem {
  readonly type: RegistrationType;
  readonly name: string;
  readonly schemaVersion: number;
  /** JSON text of the `RegistrationDefinition`. */
  readonly definition: string;
  readonly lambdaArn: string;
  readonly owner: 'cdk' | 'api';
  /** CloudFormation's stack ARN, for `owner: 'cdk'`. */
  readonly ownerStack?: string;
  /** Identity of the custom resource (logical id), for `owner: 'cdk'`. */
  readonly ownerResource?: string;
  /** JSON text of the item as it was before another resource of the same stack took it over, until that is final. */
  readonly takenFrom?: string;
  readonly createdAt: string;
  readonly updatedAt: string;
  readonly revision: number;
}
