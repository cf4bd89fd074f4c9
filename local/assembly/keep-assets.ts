import { existsSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { assetPaths } from './manifest.js';

const JSII_DIRECTORY = /[\\/]jsii-kernel-/;

/**
 * Copies assets of jsii's temporary directory into the cloud assembly before jsii deletes the directory. Apps in Python and Java load the
 * packages with the CDK's and this library's functions from there. Preloaded (`node --require`) by every Node.js process of the app's command;
 * listeners run in the order in which they are added, this one before jsii's.
 */
const KEEP_ASSETS = `'use strict';
const { cpSync, existsSync, readdirSync, readFileSync, renameSync, statSync, writeFileSync } = require('node:fs');
const { extname, isAbsolute, join } = require('node:path');

const outdir = process.env.CDK_OUTDIR;
process.once('exit', () => {
  if (outdir && existsSync(join(outdir, 'manifest.json'))) keep(outdir);
});

function keep(directory) {
  for (const name of readdirSync(directory)) {
    if (name.startsWith('assembly-')) keep(join(directory, name));
    if (name.endsWith('.assets.json')) keepAssetsOf(directory, join(directory, name));
  }
}

function keepAssetsOf(directory, file) {
  const manifest = JSON.parse(readFileSync(file, 'utf8'));
  let changed = false;
  for (const [id, { source }] of Object.entries(manifest.files ?? {})) {
    if (!source.path || !isAbsolute(source.path) || !/[\\\\/]jsii-kernel-/.test(source.path) || !existsSync(source.path)) continue;
    const copy = 'asset.' + id + (statSync(source.path).isFile() ? extname(source.path) : '');
    if (!existsSync(join(directory, copy))) cpSync(source.path, join(directory, copy), { recursive: true });
    source.path = copy;
    changed = true;
  }
  if (!changed) return;
  writeFileSync(file + '.new', JSON.stringify(manifest));
  renameSync(file + '.new', file);
}
`;

/** Time in milliseconds that jsii has to end after the app's command: Java does not wait for it. */
const JSII_MS = 10_000;
const POLL_MS = 50;

/**
 * Waits until the assets in jsii's temporary directory are copied, or the directory is deleted.
 * @returns the paths of all assets
 */
export async function assetsKept(directory: string): Promise<string[]> {
  const end = Date.now() + JSII_MS;
  let paths = assetPaths(directory);
  while (paths.some((path) => JSII_DIRECTORY.test(path) && existsSync(path)) && Date.now() < end) {
    await sleep(POLL_MS);
    paths = assetPaths(directory);
  }
  return paths;
}

/**
 * Returns the value of `NODE_OPTIONS` that makes the app's command keep its assets.
 * @param workDir directory for the module
 * @param nodeOptions the developer's value
 */
export function keepingAssets(workDir: string, nodeOptions = process.env.NODE_OPTIONS): string {
  const file = join(workDir, 'keep-assets.cjs');
  writeFileSync(file, KEEP_ASSETS);
  return [nodeOptions, `--require ${JSON.stringify(file)}`].filter(Boolean).join(' ');
}
