import { execFileSync } from 'node:child_process';
import { mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { basename, dirname, join, resolve } from 'node:path';
import { GET_CLIENT } from '../../../local/services/lambda/runtimes/java.js';
import { packages } from './packages';

/** Maven's local repository of the tests: the developer's own never gets the package of this working tree. */
export const LOCAL_REPOSITORY = resolve('.cache/m2');

/** Has Maven, in this project and those below it, take our package from `dist/java`. */
export function useFreshPackage(project: string): void {
  const jar = packages.jar();
  forgetOtherThan(jar);
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

/** Has the local repository hold AWS's runtime client, as a developer would who runs functions in Java. */
export function getRuntimeClient(): void {
  const [maven, ...args] = GET_CLIENT.split(' ');
  const options = ['--batch-mode', '--quiet', `-Dmaven.repo.local=${LOCAL_REPOSITORY}`];
  execFileSync(maven, [...options, ...args], { stdio: 'inherit' });
}

/** A local repository never looks again for a version that it has. */
function forgetOtherThan(jar: string): void {
  const version = dirname(jar);
  const path = version.slice(packages.mavenRepository().length);
  const known = join(LOCAL_REPOSITORY, path, basename(jar));
  try {
    if (readFileSync(known).equals(readFileSync(jar))) return;
  } catch {} // it has none
  rmSync(dirname(known), { recursive: true, force: true });
}

function settingsWith(repository: string): string {
  return `<settings>
  <profiles>
    <profile>
      <id>fresh</id>
      <repositories><repository><id>fresh</id><url>file://${repository}</url></repository></repositories>
    </profile>
  </profiles>
  <activeProfiles><activeProfile>fresh</activeProfile></activeProfiles>
</settings>
`;
}
