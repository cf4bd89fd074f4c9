/** An IAM policy document, with resolved intrinsic functions. */
export interface PolicyDocument {
  readonly Version?: string;
  readonly Statement: Statement | readonly Statement[];
}

export interface Statement {
  readonly Sid?: string;
  readonly Effect: 'Allow' | 'Deny';
  readonly Principal?: Principals;
  readonly NotPrincipal?: Principals;
  readonly Action?: OneOrMany;
  readonly NotAction?: OneOrMany;
  readonly Resource?: OneOrMany;
  readonly NotResource?: OneOrMany;
  readonly Condition?: Conditions;
}

export type Principals = '*' | { readonly [kind: string]: OneOrMany };
export type Conditions = { readonly [operator: string]: { readonly [key: string]: unknown } };
type OneOrMany = string | readonly string[];

/** The request context: values of condition keys. */
export type RequestContext = { readonly [key: string]: string | readonly string[] | undefined };

export function statements(document: PolicyDocument): readonly Statement[] {
  return [document.Statement].flat() as Statement[];
}

export function list(value: unknown): string[] {
  return value === undefined ? [] : [value].flat().map(String);
}
