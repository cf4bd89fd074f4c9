/** A web application with Express, behind `@codegenie/serverless-express`. */
import serverlessExpress from '@codegenie/serverless-express';
import express from 'express';

const { configure = serverlessExpress } = serverlessExpress;
const app = express();
app.use(express.json());
app.use(express.urlencoded({ extended: true }));
app.get('/orders/:orderId', (request, response) => {
  if (request.params.orderId === 'none') return response.status(404).json({ message: 'no order none' });
  response.set('Set-Cookie', 'seen=1').json({
    orderId: request.params.orderId,
    q: [request.query.q ?? []].flat(),
    tenant: request.get('x-tenant') ?? null,
    cookie: request.get('cookie') ?? null,
  });
});
app.get('/image', (_, response) => response.type('image/png').send(Buffer.from('iVBORw0KGgo=', 'base64')));
app.post('/orders', (request, response) => response.status(201).json({ created: request.body }));

export const handler = configure({ app, binarySettings: { contentTypes: ['image/*'] } });
