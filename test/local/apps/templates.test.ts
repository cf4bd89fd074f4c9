// biome-ignore-all lint/suspicious/noTemplateCurlyInString: the syntax of Fn::ForEach
import {
  type App,
  Aws,
  CfnCondition,
  CfnMapping,
  CfnOutput,
  CfnParameter,
  CfnResource,
  Fn,
  LegacyStackSynthesizer,
  NestedStack,
  Stack,
} from 'aws-cdk-lib';
import * as dynamodb from 'aws-cdk-lib/aws-dynamodb';
import * as iam from 'aws-cdk-lib/aws-iam';
import * as lambda from 'aws-cdk-lib/aws-lambda';
import * as ssm from 'aws-cdk-lib/aws-ssm';
import { describe, expect, it } from 'vitest';
import { returning, runCdkApp, serve } from './support.js';

/** A stack whose template is changed after synthesis, as an aspect or a transform of the CDK does. */
class RawStack extends Stack {
  constructor(
    scope: App,
    id: string,
    private readonly change: (template: any) => void,
  ) {
    super(scope, id);
  }

  _toCloudFormation(): any {
    const template = super._toCloudFormation();
    this.change(template);
    return template;
  }
}

describe('the templates of an app', () => {
  it('may have loops, transforms and references to what a transform adds', async () => {
    await using app = await runCdkApp((cdk) => {
      const stack = new RawStack(cdk, 'Shop', (template) => {
        template.Transform = ['AWS::LanguageExtensions', 'Team'];
        const topic = { Type: 'AWS::SNS::Topic', Properties: { TopicName: { 'Fn::Sub': '${Name}-topic' } } };
        template.Resources['Fn::ForEach::Topics'] = ['Name', ['orders'], { 'Topic${Name}': topic }];
        template.Resources['Fn::Transform'] = { Name: 'AWS::Include', Parameters: { Location: 's3://team/more.json' } };
      });
      const hello = returning(stack, 'Hello', 'process.env.TOPIC', { environment: { TOPIC: Fn.ref('Topicorders') } });
      const added = returning(stack, 'Added', '1', { environment: { ADDED: Fn.ref('OfTheInclude') } });
      serve(stack, { hello, added });
    });
    expect(await app.call('hello')).toBe('arn:aws:sns:us-east-1:123456789012:orders-topic');
    expect(await app.call('added')).toContain('the template has no resource or parameter OfTheInclude: deploy');
    expect(app.runner.notRun.map(({ path, type }) => [path, type])).toEqual([
      ['Shop', 'Fn::Transform'],
      ['Shop/Added', 'AWS::Lambda::Function'],
    ]);
  });

  it('may have conditions on parameters without a value, which are false', async () => {
    const define = (cdk: App) => {
      const stack = new Stack(cdk, 'Shop');
      const expression = Fn.conditionEquals(new CfnParameter(stack, 'Env').valueAsString, 'prod');
      const condition = new CfnCondition(stack, 'IsProd', { expression });
      const mode = returning(stack, 'Mode', 'process.env.MODE', {
        environment: { MODE: Fn.conditionIf('IsProd', 'prod', 'dev').toString() },
      });
      new CfnOutput(stack, 'Name', { value: mode.functionName, condition });
      new CfnResource(stack, 'Only', { type: 'AWS::SNS::Topic' }).cfnOptions.condition = condition;
      serve(stack, { mode });
    };
    await using app = await runCdkApp(define);
    expect(await app.call('mode')).toBe('dev');
    expect(app.notices).toEqual([
      'Shop: the condition IsProd is assumed to be false: parameter Env has no default value: pass --parameters Env=<value>',
    ]);
    await using prod = await runCdkApp(define, { parameters: { Env: 'prod' } });
    expect(await prod.call('mode')).toBe('prod');
  });

  it('may take names apart that another app exports or stores', async () => {
    await using app = await runCdkApp((cdk) => {
      const stack = new Stack(cdk, 'Shop');
      const arns = [Fn.importValue('shared-table'), ssm.StringParameter.valueForStringParameter(stack, '/table/arn')];
      const names = arns.map((arn, n) => {
        const table = dynamodb.Table.fromTableArn(stack, `Table${n}`, arn);
        const fn = returning(stack, `Name${n}`, 'process.env.TABLE', { environment: { TABLE: table.tableName } });
        table.grantReadData(fn);
        return fn;
      });
      new CfnMapping(stack, 'Sizes', { mapping: { eu: { size: '1' } } });
      const size = returning(stack, 'Size', 'process.env.SIZE', {
        environment: { SIZE: Fn.findInMap('Sizes', Aws.REGION, 'size', '2') },
      });
      serve(stack, { exported: names[0]!, stored: names[1]!, size });
    });
    expect(await app.call('exported')).toBe('shared-table');
    expect(await app.call('stored')).toBe('{{resolve:ssm:/table/arn}}');
    expect(await app.call('size')).toBe('2');
    expect(app.runner.notRun).toEqual([]);
  });

  it('may have assets as parameters, of the LegacyStackSynthesizer', async () => {
    await using app = await runCdkApp((cdk) => {
      const stack = new Stack(cdk, 'Shop', { synthesizer: new LegacyStackSynthesizer() });
      const echo = (scope: Stack) =>
        returning(scope, 'Echo', '', { code: lambda.Code.fromAsset('test/e2e/app'), handler: 'functions.echo' });
      serve(stack, { echo: echo(stack), nested: echo(new NestedStack(stack, 'Nested')) });
    });
    expect(await app.call('echo', { message: 'hi' })).toContain('hi');
    expect(await app.call('nested', { message: 'hi' })).toContain('hi');
  });

  it('may have roles that Lambda can assume under conditions, or not at all', async () => {
    await using app = await runCdkApp((cdk) => {
      const stack = new Stack(cdk, 'Shop');
      const fn = (id: string, assumedBy: iam.IPrincipal) =>
        returning(stack, id, "'ran'", { role: new iam.Role(stack, `${id}Role`, { assumedBy }) });
      const conditions = { ArnLike: { 'aws:SourceArn': 'arn:aws:lambda:*:*:function:*' } };
      serve(stack, {
        conditional: fn('Conditional', new iam.ServicePrincipal('lambda.amazonaws.com', { conditions })),
        other: fn('Other', new iam.ServicePrincipal('ec2.amazonaws.com')),
      });
    });
    expect(await app.call('conditional')).toBe('ran');
    expect(await app.call('other')).toContain('cannot be assumed by lambda.amazonaws.com');
    expect(app.reasonOf('Shop/Other')).toContain('its trust policy does not allow it');
  });
});
