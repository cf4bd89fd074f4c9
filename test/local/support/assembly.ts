import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import type { Template } from '../../../local/assembly/template.js';

export interface TestStack {
  readonly template: Template;
  readonly environment?: string;
  readonly stackName?: string;
  /** Ids of the stacks that this one depends on. */
  readonly dependencies?: string[];
  /** Files of each asset by path, by asset hash. */
  readonly assets?: Record<string, Record<string, string>>;
}

/** A handwritten cloud assembly on disk, which can be rewritten for an update. */
export class TestAssembly {
  readonly directory = mkdtempSync(join(tmpdir(), 'assembly-test-'));

  constructor(stacks: Record<string, TestStack>) {
    this.write(stacks);
  }

  write(stacks: Record<string, TestStack>): void {
    const artifacts: Record<string, unknown> = {};
    for (const [id, { template, environment = 'aws://unknown-account/unknown-region', ...stack }] of Object.entries(
      stacks,
    )) {
      const { assets = {}, dependencies = [], stackName } = stack;
      artifacts[id] = {
        type: 'aws:cloudformation:stack',
        environment,
        dependencies: [...dependencies, `${id}.assets`],
        properties: { templateFile: `${id}.template.json`, ...(stackName && { stackName }) },
      };
      artifacts[`${id}.assets`] = { type: 'cdk:asset-manifest', properties: { file: `${id}.assets.json` } };
      const files = Object.fromEntries(
        Object.keys(assets).map((hash) => [
          hash,
          {
            source: { path: `asset.${hash}`, packaging: 'zip' },
            destinations: { here: { bucketName: 'assets', objectKey: `${hash}.zip` } },
          },
        ]),
      );
      for (const [hash, contents] of Object.entries(assets)) {
        for (const [path, text] of Object.entries(contents)) this.file(`asset.${hash}/${path}`, text);
      }
      this.file(`${id}.assets.json`, JSON.stringify({ version: '53.0.0', files }));
      this.file(`${id}.template.json`, JSON.stringify(template));
    }
    this.file('manifest.json', JSON.stringify({ version: '53.0.0', artifacts }));
  }

  file(path: string, text: string): void {
    const file = join(this.directory, path);
    mkdirSync(dirname(file), { recursive: true });
    writeFileSync(file, text);
  }

  remove(): void {
    rmSync(this.directory, { recursive: true, force: true });
  }
}
