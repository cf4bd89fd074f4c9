/** Two functions from one bundle: the Registration API, and the provider of its custom resources. */
export { handler } from './api.js';
export { provider } from './provider.js';
