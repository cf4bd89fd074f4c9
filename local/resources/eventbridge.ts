import { upsertType } from './resource-type.js';

/** `AWS::Events::EventBus`. Its events are logged. */
export const eventBus = upsertType((context) => {
  const name: string = context.properties.Name ?? context.physicalName();
  return { physicalId: name, attributes: { Arn: context.arn('events', `event-bus/${name}`), Name: name } };
});
