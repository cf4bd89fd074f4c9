#!/usr/bin/env node
/**
 * Copies registrations from the table of mcp-lambda-sam to the Registration API of a server:
 *
 *   node registrations.mjs --from default-mcp-registrations --to https://….amazonaws.com/prod/register [--dry-run]
 *
 * Takes credentials and region like any AWS SDK. The credentials need dynamodb:Scan on the table and the policy docs/iam/register.json.
 * Repeatable: existing registrations are skipped. Exits with 1 if a registration could not be copied.
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

/** Converts an item. A malformed item is reported and skipped. */
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

/** The request body for the Registration API, and notes about properties that are dropped. */
function convert({ type, name, description, lambdaArn, parameters }) {
  const notes = [];
  const body = { type, name, description, lambdaArn };
  if (type === 'tool') return { body: { ...body, inputSchema: schemaOf(parameters, notes) }, notes };
  if (type === 'prompt') return { body: { ...body, arguments: promptArguments(parameters, notes) }, notes };
  const { uriTemplate, completions } = parameters;
  if (completions) notes.push('its completions could never work and are left out: register completions again');
  // mcp-lambda-sam always asked the function for the list; here `listable` turns that on
  const where = String(uriTemplate).includes('{') ? { uriTemplate, listable: true } : { uri: uriTemplate };
  return { body: { ...body, ...where }, notes };
}

/** Converts the old shorthand to JSON Schema. JSON Schema, which broke the old server, is copied unchanged. */
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

/** In MCP, all prompt arguments are strings. */
function promptArguments(parameters, notes) {
  return Object.entries(parameters).map(([name, value]) => {
    const { type, optional, description } = typeof value === 'string' ? { type: value } : value;
    if (type !== 'string') notes.push(`${name}: was a ${type}, and is text now, as all arguments of prompts are`);
    return { name, required: !optional, ...(description && { description }) };
  });
}
