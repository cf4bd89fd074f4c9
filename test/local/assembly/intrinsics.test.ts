// biome-ignore-all lint/suspicious/noTemplateCurlyInString: the syntax of Fn::Sub
import { describe, expect, it } from 'vitest';
import { evaluateCondition, NO_VALUE, references, resolve, type Scope } from '../../../local/assembly/intrinsics.js';

const scope: Scope = {
  ref: (name) => {
    if (name === 'AWS::NoValue') return NO_VALUE;
    if (name === 'Missing') throw new Error('Missing is not defined');
    return `ref-${name}`;
  },
  attribute: (id, name) => `${id}/${name}`,
  importValue: (name, isArn) => (isArn ? `arn:${name}` : `import-${name}`),
  stackOutput: (stack, output) => `${stack}.${output}`,
  condition: (name) => name === 'Yes',
  mappings: { Regions: { 'us-east-1': { Zone: 'east' } } },
  region: 'us-east-1',
};

describe('resolve', () => {
  it.each<[string, unknown, unknown]>([
    ['plain values', { a: [1, true, null, 'x'] }, { a: [1, true, null, 'x'] }],
    ['Ref', { Ref: 'Table' }, 'ref-Table'],
    ['GetAtt as a list', { 'Fn::GetAtt': ['Table', 'Arn'] }, 'Table/Arn'],
    ['GetAtt as text, with a dot in the attribute', { 'Fn::GetAtt': 'Stack.Outputs.Url' }, 'Stack/Outputs.Url'],
    ['Join', { 'Fn::Join': [':', ['a', { Ref: 'B' }, 3]] }, 'a:ref-B:3'],
    ['Join of a resolved list', { 'Fn::Join': ['-', { 'Fn::Split': [',', 'a,b'] }] }, 'a-b'],
    ['Split and Select', { 'Fn::Select': ['1', { 'Fn::Split': [':', { 'Fn::GetAtt': ['F', 'a:b'] }] }] }, 'b'],
    ['Sub', { 'Fn::Sub': 'x-${Table}-${Table.Arn}-${!Kept}' }, 'x-ref-Table-Table/Arn-${Kept}'],
    ['Sub with variables', { 'Fn::Sub': ['${A}/${B}', { A: { Ref: 'X' } }] }, 'ref-X/ref-B'],
    ['If', { 'Fn::If': ['Yes', 'a', { Ref: 'Missing' }] }, 'a'],
    ['If with a false condition', { 'Fn::If': ['No', { Ref: 'Missing' }, 'b'] }, 'b'],
    ['FindInMap', { 'Fn::FindInMap': ['Regions', 'us-east-1', 'Zone'] }, 'east'],
    ['ImportValue', { 'Fn::ImportValue': { 'Fn::Sub': '${S}-x' } }, 'import-ref-S-x'],
    ['Split of an import, which is an ARN', { 'Fn::Split': [':', { 'Fn::ImportValue': 'x' }] }, ['arn', 'x']],
    [
      'Select of a dynamic reference without a value',
      { 'Fn::Select': [5, { 'Fn::Split': [':', '{{resolve:ssm:/table/arn}}'] }] },
      '{{resolve:ssm:/table/arn}}',
    ],
    ['FindInMap with a default', { 'Fn::FindInMap': ['No', 'a', 'b', { DefaultValue: { Ref: 'X' } }] }, 'ref-X'],
    ['GetStackOutput', { 'Fn::GetStackOutput': { StackName: 'Data', OutputName: 'Url', Region: 'x' } }, 'Data.Url'],
    ['Cidr', { 'Fn::Cidr': ['10.0.0.0/16', 2, '8'] }, ['10.0.0.0/24', '10.0.1.0/24']],
    ['Base64', { 'Fn::Base64': 'hi' }, 'aGk='],
    ['GetAZs of the current region', { 'Fn::Select': [0, { 'Fn::GetAZs': '' }] }, 'us-east-1a'],
    ['NoValue in an object', { a: 1, b: { Ref: 'AWS::NoValue' } }, { a: 1 }],
    ['NoValue in a list', [1, { 'Fn::If': ['No', 2, { Ref: 'AWS::NoValue' }] }], [1]],
    ['an object with a key like an intrinsic function', { Ref: 'A', Other: 'B' }, { Ref: 'A', Other: 'B' }],
  ])('resolves %s', (_, value, expected) => {
    expect(resolve(value, scope)).toEqual(expected);
  });

  it.each<[unknown, string]>([
    [{ 'Fn::Transform': { Name: 'X' } }, 'intrinsic function Fn::Transform is not supported by the local runner'],
    [{ 'Fn::Select': [3, ['a']] }, 'Fn::Select: index 3 is out of range for a list of 1'],
    [{ 'Fn::FindInMap': ['Regions', 'mars', 'Zone'] }, 'mapping Regions has no value for mars, Zone'],
    [{ 'Fn::Join': ['', 'text'] }, 'Fn::Join: expected a list, got "text"'],
  ])('rejects %j', (value, message) => {
    expect(() => resolve(value, scope)).toThrow(message);
  });
});

describe('evaluateCondition', () => {
  it.each<[unknown, boolean]>([
    [{ 'Fn::Equals': [{ Ref: 'A' }, 'ref-A'] }, true],
    [{ 'Fn::Equals': ['a', 'b'] }, false],
    [{ 'Fn::Not': [{ 'Fn::Equals': ['a', 'b'] }] }, true],
    [{ 'Fn::And': [{ Condition: 'Yes' }, { Condition: 'No' }] }, false],
    [{ 'Fn::Or': [{ Condition: 'No' }, { Condition: 'Yes' }] }, true],
  ])('evaluates %j to %s', (condition, expected) => {
    expect(evaluateCondition(condition, scope)).toBe(expected);
  });
});

describe('references', () => {
  it('finds all references in a value', () => {
    const value = {
      a: { Ref: 'A' },
      b: [{ 'Fn::GetAtt': ['B', 'Arn'] }, { 'Fn::GetAtt': 'C.Arn' }],
      c: { 'Fn::Sub': ['${D.Arn} ${Var} ${!No} ${E}', { Var: { Ref: 'F' } }] },
      d: { 'Fn::If': ['Yes', { Ref: 'G' }, 'x'] },
    };
    expect([...references(value)].sort()).toEqual(['A', 'B', 'C', 'D', 'E', 'F', 'G']);
  });
});
