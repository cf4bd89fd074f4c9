/** Resolvers of a GraphQL API with Powertools for AWS Lambda (TypeScript). */
import { AppSyncGraphQLResolver } from '@aws-lambda-powertools/event-handler/appsync-graphql';

const app = new AppSyncGraphQLResolver();
app.onQuery('order', async ({ orderId }) => ({ orderId, content: [{ sku: 'LAMP-7' }] }));
app.onMutation('cancel', async () => {
  throw new Error('already shipped');
});

export const handler = async (event, context) => app.resolve(event, context);
