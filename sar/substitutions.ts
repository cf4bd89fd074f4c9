/**
 * Writes joins of texts and references as `Fn::Sub`, which is shorter: `sam publish` sends a template of at most 51,200 bytes, as YAML with a
 * line for each part of a join.
 */
export function withSubstitutions(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(withSubstitutions);
  if (typeof value !== 'object' || value === null) return value;
  const [delimiter, parts] = (value as { 'Fn::Join'?: [unknown, unknown] })['Fn::Join'] ?? [];
  if (delimiter === '' && Array.isArray(parts)) {
    const texts = parts.map(substitution);
    if (texts.every((text) => text !== undefined)) return { 'Fn::Sub': texts.join('') };
  }
  return Object.fromEntries(Object.entries(value).map(([key, each]) => [key, withSubstitutions(each)]));
}

/** A part of a join as text of `Fn::Sub`; undefined if it is neither text nor a reference. */
function substitution(part: unknown): string | undefined {
  if (typeof part === 'string') return part.replaceAll('${', '${!');
  const { Ref: ref, 'Fn::GetAtt': attribute } = (part ?? {}) as { Ref?: string; 'Fn::GetAtt'?: string[] };
  if (ref !== undefined) return `\${${ref}}`;
  return attribute && `\${${attribute.join('.')}}`;
}
