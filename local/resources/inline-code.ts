import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

/** The module `cfnresponse`, which Lambda provides to inline code in Python. */
const CFN_RESPONSE_PYTHON = `import json
from urllib.request import Request, urlopen

SUCCESS = "SUCCESS"
FAILED = "FAILED"


def send(event, context, responseStatus, responseData, physicalResourceId=None, noEcho=False, reason=None):
    body = json.dumps({
        "Status": responseStatus,
        "Reason": reason or "See the log of the function " + context.function_name,
        "PhysicalResourceId": physicalResourceId or context.log_stream_name,
        "StackId": event["StackId"],
        "RequestId": event["RequestId"],
        "LogicalResourceId": event["LogicalResourceId"],
        "NoEcho": noEcho,
        "Data": responseData,
    }).encode()
    urlopen(Request(event["ResponseURL"], data=body, method="PUT", headers={"content-type": ""})).read()
`;

/** The module `cfn-response`, which Lambda provides to inline code in Node.js. */
const CFN_RESPONSE_NODE = `exports.SUCCESS = 'SUCCESS';
exports.FAILED = 'FAILED';
exports.send = async (event, context, Status, Data, physicalResourceId, NoEcho = false) => {
  const { StackId, RequestId, LogicalResourceId, ResponseURL } = event;
  const Reason = 'See the log of the function ' + context.functionName;
  const PhysicalResourceId = physicalResourceId || context.logStreamName;
  const body = JSON.stringify({ Status, Reason, PhysicalResourceId, StackId, RequestId, LogicalResourceId, NoEcho, Data });
  await fetch(ResponseURL, { method: 'PUT', body });
  context.done?.();
};
`;

/** Writes the inline code of a function, with the module that Lambda provides for responses of custom resources. */
export function writeInlineCode(codeDir: string, runtime: string, code: string): void {
  if (runtime.startsWith('python')) {
    writeFileSync(join(codeDir, 'index.py'), code);
    writeFileSync(join(codeDir, 'cfnresponse.py'), CFN_RESPONSE_PYTHON);
    return;
  }
  const modules = join(codeDir, 'node_modules', 'cfn-response');
  mkdirSync(modules, { recursive: true });
  writeFileSync(join(codeDir, 'index.js'), code);
  writeFileSync(join(modules, 'index.js'), CFN_RESPONSE_NODE);
}
