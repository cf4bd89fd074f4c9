import type { AccessRule } from './private/registration';

/**
 * Who may use a tool, resource, resource template or prompt.
 *
 * One rule decides what a caller sees in lists and what the caller may call. For other callers, the registration does not exist.
 *
 * @example
 * declare const refund: lambda.Function;
 * server.addTool(refund, {
 *   name: 'refund_order',
 *   access: McpAccess.allOf(McpAccess.scopes('orders.write'), McpAccess.groups('support', 'finance')),
 * });
 */
export abstract class McpAccess {
  /**
   * Callers whose access token has all of the scopes. With `McpAuth.oauth()`, `McpAuth.cognito()` or `McpAuth.custom()`.
   *
   * A call of a tool by a caller who lacks only scopes names them, so that clients can request them.
   *
   * @param scopes the scopes, by the names that `McpAuth` uses, at most 64 (a limit of this library)
   */
  public static scopes(...scopes: string[]): McpAccess {
    return new Access({ scopes });
  }

  /**
   * Callers that are in at least one of the groups. With `McpAuth.oauth()`, `McpAuth.cognito()` or `McpAuth.custom()`.
   *
   * @param groups the names of the groups, at most 64 (a limit of this library)
   */
  public static groups(...groups: string[]): McpAccess {
    return new Access({ groups });
  }

  /**
   * Callers with a claim that has a value, or contains it if the claim is a list.
   *
   * With `McpAuth.oauth()`, `claims` must name the claim.
   *
   * @param name the name of the claim
   * @param value the value; a number or a boolean is compared as text
   */
  public static claim(name: string, value: string): McpAccess {
    return new Access({ claim: { name, value } });
  }

  /**
   * Callers with one of the identities. With `McpAuth.iam()`, `McpAuth.apiKey()` or `McpAuth.custom()`.
   *
   * @param principals ARNs of IAM roles and users, ids of API keys, or principal ids of a custom authorizer, at most 64 (a limit of this
   * library). A role is all of its sessions, by account and name.
   */
  public static principals(...principals: string[]): McpAccess {
    return new Access({ principals });
  }

  /**
   * Callers that meet at least one of the rules.
   *
   * @param rules the rules, at most 64 (a limit of this library)
   */
  public static anyOf(...rules: McpAccess[]): McpAccess {
    return new Access({ anyOf: rules.map((each) => each._render()) });
  }

  /**
   * Callers that meet all of the rules.
   *
   * @param rules the rules, at most 64 (a limit of this library)
   */
  public static allOf(...rules: McpAccess[]): McpAccess {
    return new Access({ allOf: rules.map((each) => each._render()) });
  }

  /**
   * The rule, as in the Registration API.
   *
   * @internal
   */
  public abstract _render(): AccessRule;
}

class Access extends McpAccess {
  public constructor(private readonly rule: AccessRule) {
    super();
  }

  public _render(): AccessRule {
    return this.rule;
  }
}
