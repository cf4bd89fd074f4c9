/** An IAM policy document as it stands in a template, intrinsic functions resolved. */
export interface PolicyDocument {
  readonly Version?: string;
  readonly Statement: Statement | readonly Statement[];
}

export interface Statement {
  readonly Sid?: string;
  readonly Effect: 'Allow' | 'Deny';
  readonly Principal?: Principals;
  readonly NotPrincipal?: Principals;
  readonly Action?: OneOrMore;
  readonly NotAction?: OneOrMore;
  readonly Resource?: OneOrMore;
  readonly NotResource?: OneOrMore;
  readonly Condition?: Conditions;
}

export type Principals = '*' | { readonly [kind: string]: OneOrMore };
export type Conditions = { readonly [operator: string]: { readonly [key: string]: unknown } };
export type OneOrMore = string | readonly string[];

/** What is known of a request besides action and resource: condition keys and their values; an absent key is absent. */
export type RequestContext = { readonly [key: string]: string | readonly string[] | undefined };

export function statements(document: PolicyDocument): readonly Statement[] {
  return [document.Statement].flat() as Statement[];
}

export function list(value: unknown): string[] {
  return value === undefined ? [] : [value].flat().map(String);
}
