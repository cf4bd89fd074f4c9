import { execFileSync } from 'node:child_process';
import { mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { basename, dirname, join, resolve } from 'node:path';
import { GET_CLIENT } from '../../../local/services/lambda/runtimes/java.js';
import { packages } from './packages';

/** The local Maven repository for tests, so that test packages never enter the developer's repository. */
export const LOCAL_REPOSITORY = resolve('.cache/m2');

/** Configures Maven, in a project and its subprojects, to use the package in `dist/java`. */
export function useBuiltPackage(project: string): void {
  const jar = packages.jar();
  evictOutdated(jar);
  mkdirSync(join(project, '.mvn'));
  const settings = join(project, '.mvn', 'settings.xml');
  writeFileSync(settings, settingsWith(packages.mavenRepository()));
  const options = [
    '--batch-mode',
    '--no-transfer-progress',
    `--settings=${settings}`,
    `-Dmaven.repo.local=${LOCAL_REPOSITORY}`,
    `-Dcdk-mcp-lambda.version=${basename(dirname(jar))}`,
  ];
  writeFileSync(join(project, '.mvn', 'maven.config'), `${options.join('\n')}\n`);
}

/** Downloads AWS's runtime client to the local repository, like a developer who runs functions in Java. */
export function downloadRuntimeClient(): void {
  const [maven, ...args] = GET_CLIENT.split(' ');
  const options = ['--batch-mode', '--quiet', `-Dmaven.repo.local=${LOCAL_REPOSITORY}`];
  execFileSync(maven, [...options, ...args], { stdio: 'inherit' });
}

/** Removes the cached package if it differs. Maven never updates a version in the local repository. */
function evictOutdated(jar: string): void {
  const version = dirname(jar);
  const path = version.slice(packages.mavenRepository().length);
  const cached = join(LOCAL_REPOSITORY, path, basename(jar));
  try {
    if (readFileSync(cached).equals(readFileSync(jar))) return;
  } catch {} // not cached
  rmSync(dirname(cached), { recursive: true, force: true });
}

function settingsWith(repository: string): string {
  return `<settings>
  <profiles>
    <profile>
      <id>built</id>
      <repositories><repository><id>built</id><url>file://${repository}</url></repository></repositories>
    </profile>
  </profiles>
  <activeProfiles><activeProfile>built</activeProfile></activeProfiles>
</settings>
`;
}
