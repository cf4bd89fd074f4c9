import { createServer } from 'node:http';
import { describe, expect, test } from 'vitest';
import { callInProcess } from '../../../local/services/in-process.js';

const post = (url: string, body = '') => ({
  method: 'POST',
  url,
  headers: { connection: 'keep-alive' },
  body: Buffer.from(body),
});

describe('callInProcess', () => {
  test('passes a request to a server that does not listen', async () => {
    const server = createServer((request, response) => {
      let body = '';
      request.on('data', (chunk) => {
        body += chunk;
      });
      request.on('end', () => {
        response.statusCode = 201;
        response.setHeader('X-Echo', `${request.method} ${request.url} ${request.headers.connection}`);
        response.end(body.toUpperCase());
      });
    });
    expect(await callInProcess(server, post('/a?b', 'ü body'))).toEqual({
      statusCode: 201,
      headers: { 'x-echo': 'POST /a?b undefined' },
      body: 'Ü BODY',
    });
  });

  test('delivers the body when the server resumes the request, and once', async () => {
    const chunks: string[] = [];
    const server = createServer((request, response) => {
      setImmediate(() => {
        request.on('data', (chunk) => chunks.push(String(chunk)));
        request.on('end', () => response.writeHead(200, { 'content-type': 'text/plain' }).end());
        request.resume();
        request.resume();
      });
    });
    expect(await callInProcess(server, post('/', 'x'))).toMatchObject({
      body: '',
      headers: { 'content-type': 'text/plain' },
    });
    expect(chunks).toEqual(['x']);
  });
});
