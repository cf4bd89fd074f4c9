#!/usr/bin/env node
/**
 * Copies the registrations of mcp-lambda-sam, from its table, to the Registration API of an MCP server:
 *
 *   node registrations.mjs --from default-mcp-registrations --to https://….amazonaws.com/prod/register [--dry-run]
 *
 * Credentials and region as for any AWS SDK; they need dynamodb:Scan on the table, and what docs/iam/register.json says. It can be
 * repeated: what is there already is left alone. Ends with 1 if any could not be copied.
 */
import { parseArgs } from 'node:util';
import { Sha256 } from '@aws-crypto/sha256-js';
import { DynamoDBClient, paginateScan } from '@aws-sdk/client-dynamodb';
import { fromNodeProviderChain } from '@aws-sdk/credential-providers';
import { unmarshall } from '@aws-sdk/util-dynamodb';
import { HttpRequest } from '@smithy/protocol-http';
import { SignatureV4 } from '@smithy/signature-v4';

const { values } = parseArgs({
  options: { from: { type: 'string' }, to: { type: 'string' }, 'dry-run': { type: 'boolean', default: false } },
});
const { from, to, 'dry-run': dryRun } = values;
if (!from || (!to && !dryRun)) {
  console.error('usage: node registrations.mjs --from <table of mcp-lambda-sam> --to <RegistrationUrl> [--dry-run]');
  process.exit(2);
}

const credentials = fromNodeProviderChain();
const client = new DynamoDBClient({ credentials });
const signer = new SignatureV4({ service: 'execute-api', region: client.config.region, credentials, sha256: Sha256 });

let failures = 0;
for await (const { Items = [] } of paginateScan({ client }, { TableName: from })) {
  for (const item of Items.map((each) => unmarshall(each))) {
    const converted = read(item);
    if (!converted) continue;
    for (const note of converted.notes) console.error(`${item.id}: ${note}`);
    if (dryRun) console.log(JSON.stringify(converted.body));
    else await register(item.id, converted.body);
  }
}
process.exitCode = failures > 0 ? 1 : 0;

/** An item, converted; a malformed one keeps no other from being copied. */
function read(item) {
  try {
    return convert({ ...item, parameters: JSON.parse(item.parameters) });
  } catch (error) {
    failures += 1;
    console.error(`${item.id}: its parameters cannot be converted: ${error.message}`);
  }
}

async function register(id, body) {
  const url = new URL(to);
  const text = JSON.stringify(body);
  const { headers: signed } = await signer.sign(
    new HttpRequest({
      method: 'POST',
      hostname: url.hostname,
      path: url.pathname,
      headers: { host: url.host, 'content-type': 'application/json' },
      body: text,
    }),
  );
  const { host: _, ...headers } = signed; // fetch sets it
  const response = await fetch(url, { method: 'POST', headers, body: text });
  if (response.status === 201) return console.log(`${id}: registered`);
  if (response.status === 409) return console.log(`${id}: is there already`);
  failures += 1;
  console.error(`${id}: ${response.status} ${await response.text()}`);
}

/** A registration as the Registration API takes it, and what of the old one does not come along. */
function convert({ type, name, description, lambdaArn, parameters }) {
  const notes = [];
  const body = { type, name, description, lambdaArn };
  if (type === 'tool') return { body: { ...body, inputSchema: schemaOf(parameters, notes) }, notes };
  if (type === 'prompt') return { body: { ...body, arguments: promptArguments(parameters, notes) }, notes };
  const { uriTemplate, completions } = parameters;
  if (completions) notes.push('its completions could never work and are left out: register completions again');
  // its function was always asked what there is; here that has to be said
  const where = String(uriTemplate).includes('{') ? { uriTemplate, listable: true } : { uri: uriTemplate };
  return { body: { ...body, ...where }, notes };
}

/** The old shorthand as JSON Schema. Real JSON Schema, which broke the old server, is taken as it is. */
function schemaOf(parameters, notes) {
  if (parameters.type === 'object' && typeof parameters.properties === 'object') return parameters;
  return objectOf(parameters, notes);
}

function objectOf(members = {}, notes) {
  const entries = Object.entries(members);
  return {
    type: 'object',
    properties: Object.fromEntries(entries.map(([name, value]) => [name, valueOf(name, value, notes)])),
    required: entries.filter(([, value]) => !value.optional).map(([name]) => name),
    additionalProperties: false,
  };
}

function valueOf(name, value, notes) {
  if (typeof value === 'string') return { type: value };
  const { type, items, properties, optional, description, ...rest } = value;
  const described = { type, ...(description && { description }) };
  const ignored = Object.keys(rest).join(', ');
  if (ignored) notes.push(`${name}: ${ignored} had no effect and is left out: write it into inputSchema if it should`);
  if (type === 'array') return { ...described, ...(items && { items: valueOf(`${name}[]`, items, notes) }) };
  if (type === 'object') return { ...objectOf(properties, notes), ...described };
  return described;
}

/** MCP passes prompt arguments as text, whatever type was declared. */
function promptArguments(parameters, notes) {
  return Object.entries(parameters).map(([name, value]) => {
    const { type, optional, description } = typeof value === 'string' ? { type: value } : value;
    if (type !== 'string') notes.push(`${name}: was a ${type}, and is text now, as all arguments of prompts are`);
    return { name, required: !optional, ...(description && { description }) };
  });
}
