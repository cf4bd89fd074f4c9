/** Keywords of OpenAPI that a conversion cannot express. */
import { child, isObject, type Report, show } from './checks';
import { subschemas } from './schema-keywords';

/** Reports each `discriminator` whose alternatives do not tell themselves apart. */
export function checkDiscriminators(root: { [key: string]: unknown }, report: Report): void {
  const visit = (schema: unknown, location: string): void => {
    if (!isObject(schema)) return;
    if ('discriminator' in schema) checkDiscriminator(schema, root, child(location, 'discriminator'), report);
    for (const { schema: each, pointer } of subschemas(schema)) visit(each, location + pointer);
  };
  visit(root, '');
}

function checkDiscriminator(
  schema: { [key: string]: unknown },
  root: { [key: string]: unknown },
  path: string,
  report: Report,
): void {
  const { discriminator, oneOf, anyOf } = schema;
  const name = isObject(discriminator) ? discriminator.propertyName : discriminator;
  const alternatives = Array.isArray(oneOf) ? oneOf : Array.isArray(anyOf) ? anyOf : [];
  if (alternatives.length > 0 && alternatives.every((each) => isTold(each, String(name), root))) return;
  report(
    path,
    `is a keyword of OpenAPI that does not validate: list the alternatives in oneOf, give ${show(name)} a const in the properties of each, and remove discriminator`,
  );
}

/** Whether the property has a fixed value in an alternative, or in the schema that it refers to. */
function isTold(alternative: unknown, name: string, root: unknown): boolean {
  const schema =
    isObject(alternative) && typeof alternative.$ref === 'string' ? at(root, alternative.$ref) : alternative;
  const properties = isObject(schema) ? schema.properties : undefined;
  const property = isObject(properties) && Object.hasOwn(properties, name) ? properties[name] : undefined;
  return isObject(property) && ('const' in property || 'enum' in property);
}

function at(root: unknown, ref: string): unknown {
  const keys = ref.split('/').slice(1);
  return keys.reduce<unknown>((value, key) => {
    const name = key.replace(/~1/g, '/').replace(/~0/g, '~');
    return isObject(value) && Object.hasOwn(value, name) ? value[name] : undefined;
  }, root);
}
