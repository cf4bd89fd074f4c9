/** A REST API with the router of Powertools for AWS Lambda (TypeScript). */
import { NotFoundError, Router } from '@aws-lambda-powertools/event-handler/http';

const app = new Router();
app.get('/orders/:orderId', ({ params, event, req }) => {
  if (params.orderId === 'none') throw new NotFoundError('no order none');
  const url = new URL(req.url);
  const { authorizer } = event.requestContext;
  return {
    orderId: params.orderId,
    q: url.searchParams.getAll('q'),
    tenant: req.headers.get('x-tenant'),
    caller: authorizer?.principalId ?? authorizer?.jwt?.claims.sub ?? null,
  };
});
app.post('/orders', async ({ req }) => ({ created: await req.json() }));

export const handler = (event, context) => app.resolve(event, context);
