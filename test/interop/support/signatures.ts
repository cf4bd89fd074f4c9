import { execFileSync } from 'node:child_process';
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { packages } from './packages';

const NAMESPACES = /\b(?:CdkMcpLambda|Constructs|Amazon(?:\.\w+)+|System(?:\.\w+)*)\.(?=\w)/g;

/** Renders the public API in each language, one line per member, from the output of jsii-pacmak in `generated`. */
export const signatures: Record<string, (generated: string) => string> = {
  python: (generated) =>
    execFileSync(
      'python3',
      ['test/interop/support/signatures.py', join(generated, 'python/src/cdk_mcp_lambda/__init__.py')],
      {
        encoding: 'utf8',
      },
    ),

  /** Read from the compiled jar. */
  java: () => {
    const classes = execFileSync('jar', ['--list', '--file', packages.jar()], { encoding: 'utf8' })
      .split('\n')
      .filter((file) => /^io\/github\/cdkmcplambda\/\w+(\$Builder)?\.class$/.test(file))
      .map((file) => file.replace('.class', ''))
      .sort();
    return execFileSync('javap', ['-public', '-cp', packages.jar(), ...classes], { encoding: 'utf8' })
      .split('\n')
      .filter((line) => !/^Compiled from|^}|\b(valueOf|values)\(/.test(line))
      .map((line) => line.replace(/\b(?:[a-z]\w*\.)+(?=[A-Z$])/g, '').replace(/ \{$/, ''))
      .join('\n');
  },

  csharp: (generated) =>
    declarations(join(generated, 'dotnet/CdkMcpLambda/CdkMcpLambda'), (text) =>
      text
        .split('[JsiiTypeProxy')[0]!
        .split('\n')
        .filter((line) => /^ {4}public|^ {8}[^ [{}/]/.test(line))
        .map((line) =>
          line
            .slice(4)
            .replace(/: base\(.*/, '')
            .replace(NAMESPACES, ''),
        )
        .filter((line) => !/DeputyProps|\(ByRefValue/.test(line)),
    ),

  go: (generated) =>
    declarations(join(generated, 'go/cdkmcplambda'), (text) =>
      text
        .split('\n')
        .filter((line) => /^(func [A-Z]|type [A-Z])|^\t[A-Z]\w*(\(| +\S+ `| \w+ = )/.test(line))
        .map((line) => line.replace(/ `.*`$/, '').replace(/ \{$/, '')),
    ),
};

function declarations(directory: string, of: (text: string) => string[]): string {
  const files = readdirSync(directory).filter((file) => /^I?Mcp\w*(?<!checks)\.(cs|go)$/.test(file));
  return `${files
    .sort()
    .flatMap((file) => of(readFileSync(join(directory, file), 'utf8')))
    .join('\n')}\n`;
}
