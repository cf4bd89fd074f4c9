'use strict';
// Replaces packages of fastify in the bundle that fauxqs does not use: the compilers of JSON schemas, the logger, and test requests.
module.exports = () => () => {
  throw new Error('this package of fastify is not part of the bundle (scripts/bundle.mjs)');
};
/** Of the logger, which fastify reads when it is loaded. */
module.exports.symbols = {};
