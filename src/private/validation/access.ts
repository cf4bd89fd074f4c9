/** Rules for `access` of a registration. */
import { type Check, child, distinct, isObject, listOf, matching, type Report, show, struct, text } from './checks';

const MAX_ITEMS = 64;
/** A scope of RFC 6749, section 3.3. */
const SCOPE = /^[\x21\x23-\x5b\x5d-\x7e]{1,256}$/;
/** The ARN of an IAM role or user, of a role session, or the id of an API key. */
const PRINCIPAL = /^[^\s*?]{1,2048}$/;

/** The kinds of rule, each with the check of its value. */
const KINDS: { readonly [kind: string]: Check } = {
  scopes: nonEmpty(
    distinct(listOf(matching(SCOPE, 'a scope: visible ASCII characters without space, " and \\'), MAX_ITEMS)),
  ),
  groups: nonEmpty(distinct(listOf(text(1024), MAX_ITEMS))),
  claim: struct('a claim', { name: text(256), value: text(1024) }, ['name', 'value']),
  principals: nonEmpty(
    distinct(
      listOf(matching(PRINCIPAL, 'the ARN of a role or user, or the id of an API key, without wildcards'), MAX_ITEMS),
    ),
  ),
  anyOf: nonEmpty(listOf((value, path, report) => accessRule(value, path, report), MAX_ITEMS)),
  allOf: nonEmpty(listOf((value, path, report) => accessRule(value, path, report), MAX_ITEMS)),
};

/** An access rule: an object with one key. */
export function accessRule(value: unknown, path: string, report: Report): void {
  const names = Object.keys(KINDS).join(', ');
  if (!isObject(value)) {
    report(path, `must be a JSON object with one of the keys ${names}; got ${show(value)}`);
    return;
  }
  const keys = Object.keys(value).filter((key) => value[key] !== undefined);
  const [kind] = keys;
  if (keys.length !== 1) {
    report(
      path,
      `must have one of the keys ${names}; got ${keys.join(', ') || 'none'}: combine rules with anyOf or allOf`,
    );
  } else if (!Object.hasOwn(KINDS, kind!)) {
    report(child(path, kind!), `unknown key ${show(kind)}: an access rule has one of the keys ${names}`);
  } else {
    KINDS[kind!]!(value[kind!], child(path, kind!), report);
  }
}

function nonEmpty(check: Check): Check {
  return (value, path, report) => {
    if (Array.isArray(value) && value.length === 0)
      report(path, 'must not be empty: the rule would apply to no caller');
    else check(value, path, report);
  };
}
