/** A web application with Fastify, behind `@fastify/aws-lambda`. */
import awsLambdaFastify from '@fastify/aws-lambda';
import fastify from 'fastify';

const app = fastify();
app.get('/orders/:orderId', async ({ params, query, headers, awsLambda }, reply) => {
  if (params.orderId === 'none') return reply.code(404).send({ message: 'no order none' });
  const { authorizer } = awsLambda.event.requestContext;
  return {
    orderId: params.orderId,
    q: [query.q ?? []].flat(),
    tenant: headers['x-tenant'] ?? null,
    caller: authorizer?.principalId ?? authorizer?.jwt?.claims.sub ?? null,
  };
});
app.post('/orders', async ({ body }, reply) => reply.code(201).send({ created: body }));

export const handler = awsLambdaFastify(app);
