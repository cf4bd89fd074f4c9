import type { Context } from '../check.mjs';

/** Registers a tool with `POST /register`. */
export function register({ as, outputs }: Context, name: string, lambdaArn: string): Promise<Response> {
  return as('Registrar')(outputs.Register!, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ type: 'tool', name, lambdaArn }),
  });
}
