/** Types of a registration: a tool, resource, resource template or prompt. Shared by the constructs and the server functions. */

import type { EventMapping } from './event';

export type RegistrationType = 'tool' | 'resource' | 'prompt';
type InvokeMode = 'BUFFERED' | 'RESPONSE_STREAM';
export type JsonObject = { [key: string]: unknown };

export interface PromptArgument {
  readonly name: string;
  readonly title?: string;
  readonly description?: string;
  readonly required?: boolean;
}

/**
 * Who may use a registration: callers with all of the scopes, with any of the groups, with a claim, one of the principals, callers that
 * meet any of several rules, or all of them.
 */
export type AccessRule =
  | { readonly scopes: readonly string[] }
  | { readonly groups: readonly string[] }
  | { readonly claim: { readonly name: string; readonly value: string } }
  | { readonly principals: readonly string[] }
  | { readonly anyOf: readonly AccessRule[] }
  | { readonly allOf: readonly AccessRule[] };

/** How often a caller may call. */
export interface CallLimit {
  /** Calls per second. */
  readonly rate?: number;
  /** Calls that may exceed the rate at once. */
  readonly burst?: number;
  /** Calls on a day, in UTC. */
  readonly dailyCalls?: number;
}

/** The definition of a registration: a validated body of `POST /register`, with `parameters` converted to `inputSchema` or `arguments`. */
export interface RegistrationDefinition {
  readonly type: RegistrationType;
  readonly name: string;
  readonly title?: string;
  readonly description?: string;
  readonly icons?: ReadonlyArray<JsonObject>;
  readonly lambdaArn: string;
  readonly _meta?: JsonObject;
  readonly event?: EventMapping;
  readonly invokeMode?: InvokeMode;
  readonly timeoutSeconds?: number;
  readonly enabled?: boolean;
  readonly asksClient?: ReadonlyArray<'elicitation' | 'sampling' | 'roots'>;
  readonly completions?: { [argument: string]: string[] };
  /** ARN of a function that answers `completion/complete`. */
  readonly completionHandler?: string;
  readonly access?: AccessRule;
  /** The toolsets that list the registration, in addition to the whole list. */
  readonly toolsets?: readonly string[];
  readonly cache?: { readonly ttlSeconds: number; readonly scope: 'public' | 'private' };
  // tool
  readonly inputSchema?: JsonObject;
  readonly outputSchema?: JsonObject;
  readonly taskSupport?: 'forbidden' | 'optional' | 'required';
  readonly limit?: CallLimit;
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

/** A stored registration: the definition, and the properties that the server sets. */
export interface Registration extends RegistrationDefinition {
  /** `<type>-<name>`. */
  readonly id: string;
  readonly owner: 'cdk' | 'api';
  readonly createdAt: string;
  readonly updatedAt: string;
  readonly revision: number;
  /** Id of the registration that shadows this one, because it has the same URI or URI template. */
  readonly shadowedBy?: string;
}

/**
 * A registration in the registry table, with the keys `type` and `name`. The attributes are not nested, so that a reader of any other
 * version can check `schemaVersion` before it parses the definition.
 */
export interface RegistrationItem {
  readonly type: RegistrationType;
  readonly name: string;
  readonly schemaVersion: number;
  /** JSON text of the `RegistrationDefinition`. */
  readonly definition: string;
  readonly lambdaArn: string;
  readonly owner: 'cdk' | 'api';
  /** ARN of the CloudFormation stack, for `owner: 'cdk'`. */
  readonly ownerStack?: string;
  /** Logical id of the custom resource, for `owner: 'cdk'`. */
  readonly ownerResource?: string;
  /** JSON text of the item before another resource of the same stack took it over; absent once the takeover is final. */
  readonly takenFrom?: string;
  readonly createdAt: string;
  readonly updatedAt: string;
  readonly revision: number;
}
