import { setTimeout as sleep } from 'node:timers/promises';

const PAUSE_MS = 50;

const log = (data) => ({ log: { level: 'info', logger: 'conformance', data } });
const progress = (value) => ({ progress: { progress: value, total: 100, message: `Completed step ${value} of 100` } });
const result = (text) => ({ result: { content: [{ type: 'text', text }] } });

const lines = {
  test_tool_with_logging: [
    log('Tool execution started'),
    log('Tool processing data'),
    log('Tool execution completed'),
    result('Tool with logging executed successfully'),
  ],
  test_logging_tool: [log('Only for clients that request it'), result('Logged')],
  test_tool_with_progress: [
    progress(0),
    progress(50),
    progress(100),
    result('Tool with progress executed successfully'),
  ],
};

/** Tools that report progress and log messages, one JSON object per line. */
export const handler = awslambda.streamifyResponse(async (_event, stream, context) => {
  for (const line of lines[context.clientContext.custom.mcpName]) {
    stream.write(`${JSON.stringify(line)}\n`);
    await sleep(PAUSE_MS);
  }
  stream.end();
});
