import { createHash } from 'node:crypto';
import { URL_SUFFIX } from '../environment.js';
import { type ResourceContext, upsertType } from './resource-type.js';

const LETTERS = 'abcdefghijklmnopqrstuvwxyz0123456789';

/** Returns letters and digits that are the same in every run. */
function generatedId(context: ResourceContext, length: number): string {
  const digest = createHash('sha256').update(context.physicalName()).digest();
  return [...digest.subarray(0, length)].map((byte) => LETTERS[byte % LETTERS.length]).join('');
}

/** `AWS::Cognito::UserPool`: its ids. With `--enforce-auth`, the authorization server for development replaces its issuer. */
export const userPool = upsertType((context) => {
  const { region } = context.stack.environment;
  const id = `${region}_${generatedId(context, 9)}`;
  const provider = `cognito-idp.${region}.${URL_SUFFIX}/${id}`;
  return {
    physicalId: id,
    attributes: {
      UserPoolId: id,
      Arn: context.arn('cognito-idp', `userpool/${id}`),
      ProviderName: provider,
      ProviderURL: `https://${provider}`,
    },
  };
});

/** `AWS::Cognito::UserPoolClient`. */
export const userPoolClient = upsertType((context) => {
  const id = generatedId(context, 26);
  const { CallbackURLs = [], ClientName = context.logicalId } = context.properties;
  context.services.issuers.setClient(id, CallbackURLs);
  return { physicalId: id, attributes: { ClientId: id, Name: ClientName, ClientSecret: '' } };
});
