import { type Resource, type ServerContext, specTypeSchemas } from '@modelcontextprotocol/server';
import type { Registration } from '../../src/private/registration.js';
import { log } from '../shared/log.js';
import { isObject, readAnswer } from './answer.js';
import { type Conversation, factsOf } from './exchange.js';
import { invoke } from './invoke.js';

/**
 * A page of the resources behind a listable template, as its function lists them. A function that fails is logged and
 * lists nothing: the other resources stay visible.
 */
export async function listTemplate(
  conversation: Conversation,
  ctx: ServerContext,
  template: Registration,
  cursor: string | undefined,
): Promise<{ resources: Resource[]; nextCursor?: string }> {
  const outcome = await invoke(
    {
      registration: template,
      functionArn: template.lambdaArn,
      method: 'resources/list',
      target: template.name,
      params: cursor === undefined ? {} : { cursor },
    },
    factsOf(conversation, ctx),
    { signal: ctx.mcpReq.signal, deadline: conversation.exchange.deadline },
  );
  const answer = outcome.kind === 'answer' ? readAnswer(outcome.value) : undefined;
  const value = answer?.kind === 'value' ? answer.value : answer?.kind === 'result' ? answer.result : undefined;
  const parsed = specTypeSchemas.ListResourcesResult['~standard'].validate(isObject(value) ? { ...value } : value);
  if ('value' in parsed) {
    const { resources, nextCursor } = parsed.value as { resources: Resource[]; nextCursor?: string };
    return { resources, nextCursor };
  }
  log.warn('the function of a listable resource template listed nothing', {
    registration: template.id,
    reason: outcome.kind === 'answer' ? 'its answer is not { resources, nextCursor }' : outcome.kind,
  });
  return { resources: [] };
}
