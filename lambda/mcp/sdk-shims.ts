/**
 * Stands in for the MCP SDK's `_shims` module (scripts/bundle.mjs): the interpreting validator in place of AJV, which is
 * 150 KB and compiles schemas with `new Function`; our schemas come from registrants.
 */
export { default as process } from 'node:process';
export { CfWorkerJsonSchemaValidator as DefaultJsonSchemaValidator } from '@modelcontextprotocol/server/validators/cf-worker';
