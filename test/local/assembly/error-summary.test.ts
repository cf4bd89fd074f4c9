import { describe, expect, it } from 'vitest';
import { errorSummary } from '../../../local/assembly/app.js';

describe('errorSummary', () => {
  it.each([
    [
      'a Node.js error, not the source line that throws it',
      [
        'node:internal/modules/esm/resolve:873',
        '  throw new ERR_MODULE_NOT_FOUND(packageName, fileURLToPath(base), null);',
        '        ^',
        "Error [ERR_MODULE_NOT_FOUND]: Cannot find package 'lamps' imported from /app/app.mjs",
        '    at packageResolve (node:internal/modules/esm/resolve:873:9)',
        "  code: 'ERR_MODULE_NOT_FOUND'",
        'Node.js v24.21.0',
      ],
      "Error [ERR_MODULE_NOT_FOUND]: Cannot find package 'lamps' imported from /app/app.mjs",
    ],
    [
      'a CDK error in Node.js, which continues on the next line',
      [
        '/app/node_modules/aws-cdk-lib/core/lib/private/synthesis.js:3',
        '  `);throw new(errors_1()).UnscopedValidationError((0,literal_string_1().lit)`ValidationFailedWithErrors`,`Validation failed with the following errors:',
        '     ^',
        '«ValidationFailedWithErrors» Validation failed with the following errors:',
        '  [Orders] no lamps',
        '    ...App.synth in aws-cdk-lib...',
      ],
      '«ValidationFailedWithErrors» Validation failed with the following errors: [Orders] no lamps',
    ],
    [
      'a compile error of tsx',
      [
        '    ^',
        'Error: Transform failed with 1 error:',
        '/app/app.ts:1:9: ERROR: Unexpected "="',
        '    at x (y.js:1:2)',
      ],
      'Error: Transform failed with 1 error: /app/app.ts:1:9: ERROR: Unexpected "="',
    ],
    [
      'an error of the TypeScript compiler',
      ["app.ts(1,7): error TS2322: Type 'string' is not assignable to type 'number'.", 'app.ts(2,1): error TS2304: no'],
      "app.ts(1,7): error TS2322: Type 'string' is not assignable to type 'number'.",
    ],
    [
      'the last error of a traceback',
      [
        'jsii.errors.JavaScriptError: ',
        "  Error: There is already a Construct with name 'Q' in Stack [S]",
        '      at Node.addChild (/tmp/construct.js:466:19)',
        'The above exception was the direct cause of the following exception:',
        'Traceback (most recent call last):',
        '  File "/app/app.py", line 6, in <module>',
        '    raise RuntimeError(resp.error) from JavaScriptError(resp.stack)',
        "RuntimeError: There is already a Construct with name 'Q' in Stack [S]",
      ],
      "RuntimeError: There is already a Construct with name 'Q' in Stack [S]",
    ],
    [
      'an error without a message',
      ['Traceback (most recent call last):', '  File "/app/app.py", line 6, in <module>', 'AssertionError'],
      'AssertionError',
    ],
    [
      'a Python syntax error, which has no traceback',
      ['  File "/app/app.py", line 1', '    x = ', '        ^', 'SyntaxError: invalid syntax'],
      'SyntaxError: invalid syntax',
    ],
    [
      'a compile error of Maven',
      [
        '[ERROR] COMPILATION ERROR : ',
        '[ERROR] /app/App.java:[27,38] incompatible types: java.lang.String cannot be converted to int',
        '[ERROR] Failed to execute goal org.apache.maven.plugins:maven-compiler-plugin:3.11.0:compile',
        '[ERROR] -> [Help 1]',
      ],
      '[ERROR] /app/App.java:[27,38] incompatible types: java.lang.String cannot be converted to int',
    ],
    [
      'a Java exception',
      [
        '[WARNING] ',
        'java.lang.IllegalStateException: no lamps',
        '    at App.main (App.java:3)',
        '[ERROR] -> [Help 1]',
      ],
      'java.lang.IllegalStateException: no lamps',
    ],
    ['undefined without an error', ['npm error Missing script: "synth"', 'npm error', '[INFO] done'], undefined],
    ['an error without text after the colon', ['JavaScriptError: '], 'JavaScriptError:'],
  ])('returns %s', (_, lines, expected) => {
    expect(errorSummary(lines)).toBe(expected);
  });
});
