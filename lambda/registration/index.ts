/** The handlers of two functions that share a bundle: the Registration API and the registration provider. */
export { handler } from './api.js';
export { provider } from './provider.js';
