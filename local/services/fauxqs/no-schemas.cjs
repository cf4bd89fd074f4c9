'use strict';
// Replaces packages of fastify in the bundle: the compilers of JSON schemas, which fauxqs does not use, and the injection of test requests.
module.exports = () => () => {
  throw new Error('fastify compiles no schemas here: fauxqs has none');
};
