import { tagsOf, upsertType } from './resource-type.js';

const MAX_PARAMETER_NAME = 1011;

/** `AWS::SSM::Parameter`. */
export const parameter = upsertType(
  (context) => {
    const { properties, services } = context;
    const name: string = properties.Name ?? `CFN-${context.physicalName(MAX_PARAMETER_NAME)}`;
    const { Type, Value } = properties;
    const value = services.ssm.putFromTemplate(name, String(Value), { type: Type, tags: tagsOf(properties.Tags) });
    return { physicalId: name, attributes: { Type, Value: value } };
  },
  ({ services }, { physicalId }) => services.ssm.delete(physicalId),
);
