import { describe, expect, it } from 'vitest';
import type { StackArtifact } from '../../../local/assembly/manifest.js';
import {
  groupParameters,
  parameterValue,
  parseParametersFile,
  withParameters,
} from '../../../local/assembly/parameters.js';
import type { ParameterDefinition } from '../../../local/assembly/template.js';

const stack = (name: string, Parameters?: Record<string, ParameterDefinition>): StackArtifact => ({
  name,
  environment: { accountId: '123456789012', region: 'us-east-1' },
  template: { Parameters, Resources: {} },
  assets: new Map(),
});

describe('withParameters', () => {
  it('sets the parameters of each stack', () => {
    const stacks = [stack('A', { Name: { Type: 'String' } }), stack('B', { Other: { Type: 'String' } }), stack('C')];
    expect(withParameters(stacks, { Name: 'x' }).map(({ parameters }) => parameters)).toEqual([{ Name: 'x' }, {}, {}]);
  });

  it('rejects an unknown parameter, and lists the known ones', () => {
    const BootstrapVersion = { Type: 'AWS::SSM::Parameter::Value<String>' };
    expect(() => withParameters([stack('A', { BootstrapVersion, Name: { Type: 'String' } })], { Nmae: 'x' })).toThrow(
      'unknown parameter Nmae: the stacks have Name',
    );
    expect(() => withParameters([stack('A', { BootstrapVersion })], { Nmae: 'x' })).toThrow(
      'unknown parameter Nmae: the stacks have no parameters',
    );
  });

  it.each<[ParameterDefinition, string, string]>([
    [
      { Type: 'String', AllowedValues: [true, 'false'] },
      'yes',
      "invalid value 'yes' for parameter P: must be one of true, false",
    ],
    [{ Type: 'String', AllowedPattern: 'a|bc' }, 'abc', 'must match a|bc'],
    [{ Type: 'CommaDelimitedList', AllowedPattern: 's-\\d' }, 's-1, t-2', 'must match'],
    [{ Type: 'String', MinLength: 2 }, 'x', 'must have at least 2 characters'],
    [{ Type: 'String', MaxLength: '2' }, 'xyz', 'must have at most 2 characters'],
    [{ Type: 'Number' }, 'two', 'must be a number'],
    [{ Type: 'Number' }, '', 'must be a number'],
    [{ Type: 'Number', MinValue: 1 }, '0', 'must be at least 1'],
    [{ Type: 'List<Number>', MaxValue: 5 }, '5,6', 'must be at most 5'],
  ])('rejects values that CloudFormation rejects: %j as %j', (definition, value, message) => {
    expect(() => withParameters([stack('A', { P: definition })], { P: value })).toThrow(message);
  });

  it.each<[ParameterDefinition, string]>([
    [{ Type: 'String', AllowedValues: ['true'] }, 'true'],
    [{ Type: 'String', AllowedPattern: '(vpc-\\w+)?' }, ''],
    [{ Type: 'CommaDelimitedList', AllowedPattern: 's-\\d' }, 's-1, s-2'],
    [{ Type: 'Number', MinValue: 1, MaxValue: 10 }, '10'],
  ])('accepts %j as %j', (definition, value) => {
    expect(withParameters([stack('A', { P: definition })], { P: value })[0].parameters).toEqual({ P: value });
  });
});

describe('parameterValue', () => {
  it.each([
    ['String', 'a,b', 'a,b'],
    ['CommaDelimitedList', 'a, b', ['a', 'b']],
    ['List<AWS::EC2::Subnet::Id>', 'a', ['a']],
  ])('converts a value of type %s', (Type, value, expected) => {
    expect(parameterValue({ Type }, value)).toEqual(expected);
  });
});

describe('groupParameters', () => {
  it('separates SSM parameters and secrets from template parameters', () => {
    expect(groupParameters({ Name: 'x', 'ssm:/shop/url': 'u', 'secretsmanager:shop/db': 's' })).toEqual({
      template: { Name: 'x' },
      ssm: { '/shop/url': 'u' },
      secrets: { 'shop/db': 's' },
    });
  });
});

describe('parseParametersFile', () => {
  it('returns the values, without comments and quotes', () => {
    const text =
      '# local values\n\nName = x\r\nssm:/shop/url=https://shop.example?a=b\nsecretsmanager:shop/db=\'{"user":"a"}\'\n';
    expect(parseParametersFile(text)).toEqual({
      Name: 'x',
      'ssm:/shop/url': 'https://shop.example?a=b',
      'secretsmanager:shop/db': '{"user":"a"}',
    });
  });

  it('rejects a line without a value', () => {
    expect(() => parseParametersFile('Name=x\nOther')).toThrow("line 2: expected NAME=value, got 'Other'");
  });
});
