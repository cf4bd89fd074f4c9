/** A tool that reports progress: one JSON object per line, the result last. */
export const handler = awslambda.streamifyResponse(async ({ files }, stream) => {
  const line = (value) => stream.write(`${JSON.stringify(value)}\n`);
  for (const [index, file] of files.entries()) {
    line({ progress: { progress: index + 1, total: files.length, message: `read ${file}` } });
  }
  line({ result: { read: files.length } });
  stream.end();
});
