import { describe, expect, it } from 'vitest';
import type { StackArtifact } from '../../../local/assembly/manifest.js';
import { parameterValue, withParameters } from '../../../local/assembly/parameters.js';
import type { ParameterDefinition } from '../../../local/assembly/template.js';

const stack = (name: string, Parameters?: Record<string, ParameterDefinition>): StackArtifact => ({
  name,
  environment: { accountId: '123456789012', region: 'us-east-1' },
  template: { Parameters, Resources: {} },
  assets: new Map(),
});

describe('withParameters', () => {
  it('gives each stack the values of its own parameters', () => {
    const stacks = [stack('A', { Name: { Type: 'String' } }), stack('B', { Other: { Type: 'String' } }), stack('C')];
    expect(withParameters(stacks, { Name: 'x' }).map(({ parameters }) => parameters)).toEqual([{ Name: 'x' }, {}, {}]);
  });

  it('names the parameters that there are where it knows none of this name', () => {
    const BootstrapVersion = { Type: 'AWS::SSM::Parameter::Value<String>' };
    expect(() => withParameters([stack('A', { BootstrapVersion, Name: { Type: 'String' } })], { Nmae: 'x' })).toThrow(
      'no stack has a parameter Nmae; there are: Name',
    );
    expect(() => withParameters([stack('A', { BootstrapVersion })], { Nmae: 'x' })).toThrow('there are none');
  });

  it.each<[ParameterDefinition, string, string]>([
    [{ Type: 'String', AllowedValues: [true, 'false'] }, 'yes', "P cannot be 'yes': it is one of true, false"],
    [{ Type: 'String', AllowedPattern: 'a|bc' }, 'abc', 'it matches a|bc'],
    [{ Type: 'CommaDelimitedList', AllowedPattern: 's-\\d' }, 's-1, t-2', 'it matches'],
    [{ Type: 'String', MinLength: 2 }, 'x', 'it has at least 2 characters'],
    [{ Type: 'String', MaxLength: '2' }, 'xyz', 'it has at most 2 characters'],
    [{ Type: 'Number' }, 'two', 'it is a number'],
    [{ Type: 'Number' }, '', 'it is a number'],
    [{ Type: 'Number', MinValue: 1 }, '0', 'it is at least 1'],
    [{ Type: 'List<Number>', MaxValue: 5 }, '5,6', 'it is at most 5'],
  ])('refuses what CloudFormation would: %j as %j', (definition, value, message) => {
    expect(() => withParameters([stack('A', { P: definition })], { P: value })).toThrow(message);
  });

  it.each<[ParameterDefinition, string]>([
    [{ Type: 'String', AllowedValues: ['true'] }, 'true'],
    [{ Type: 'String', AllowedPattern: '(vpc-\\w+)?' }, ''],
    [{ Type: 'CommaDelimitedList', AllowedPattern: 's-\\d' }, 's-1, s-2'],
    [{ Type: 'Number', MinValue: 1, MaxValue: 10 }, '10'],
  ])('takes %j as %j', (definition, value) => {
    expect(withParameters([stack('A', { P: definition })], { P: value })[0].parameters).toEqual({ P: value });
  });
});

describe('parameterValue', () => {
  it.each([
    ['String', 'a,b', 'a,b'],
    ['CommaDelimitedList', 'a, b', ['a', 'b']],
    ['List<AWS::EC2::Subnet::Id>', 'a', ['a']],
  ])('%s', (Type, value, expected) => {
    expect(parameterValue({ Type }, value)).toEqual(expected);
  });
});
