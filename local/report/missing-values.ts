import { list, type PolicyDocument, statements } from '../services/iam/policy.js';
import type { ConfigurationValues } from '../stacks/dynamic-references.js';

/** The ARN of a secret: with its random characters, or a wildcard in their place. */
const SECRET = /^arn:[^:]*:secretsmanager:[^:]*:[^:]*:secret:([^*?]+?)(?:-\?{6}|-?\*|-[A-Za-z0-9]{6})$/;
const PARAMETER = /^arn:[^:]*:ssm:[^:]*:[^:]*:parameter\/([^*?]+)$/;

/**
 * Finds the SSM parameters and secrets that roles can read by name, but that have no value here.
 * @returns a line for each, with the option to set the value
 */
export function missingValues(policies: readonly PolicyDocument[], values: ConfigurationValues): string[] {
  const allowed = policies.flatMap(statements).filter(({ Effect }) => Effect === 'Allow');
  const resources = (action: RegExp) =>
    allowed
      .filter(({ Action }) => list(Action).some((each) => action.test(each)))
      .flatMap(({ Resource }) => list(Resource));
  const secrets = resources(/^secretsmanager:(\*|Get.*)$/i).flatMap((arn) => SECRET.exec(arn)?.[1] ?? []);
  const parameters = resources(/^ssm:(\*|GetParameters?\*?)$/i).flatMap((arn) => PARAMETER.exec(arn)?.[1] ?? []);
  const lines = [
    ...secrets
      .filter((name) => values.secretsManager.text(name) === undefined)
      .map((name) => `the secret ${name} has no value here: pass --parameters secretsmanager:${name}=<value>`),
    ...parameters
      .filter((name) => values.ssm.value(name) === undefined && values.ssm.value(`/${name}`) === undefined)
      .map(parameterName)
      .map((name) => `the SSM parameter ${name} has no value here: pass --parameters ssm:${name}=<value>`),
  ];
  return [...new Set(lines)];
}

/** In ARNs, all names start with a slash. A name with more than one part has it itself. */
function parameterName(name: string): string {
  return name.includes('/') ? `/${name}` : name;
}
