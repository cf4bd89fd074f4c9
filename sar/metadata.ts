import manifest from '../package.json';

/** The repository's page. */
const SOURCE = manifest.repository.url.replace(/\.git$/, '');

/** What the Serverless Application Repository says about the application, from the package's own facts. */
export function applicationMetadata(): object {
  return {
    'AWS::ServerlessRepo::Application': {
      Name: 'mcp-lambda-server',
      Description: manifest.description,
      Author: new URL(SOURCE).pathname.split('/')[1].toLowerCase(),
      SpdxLicenseId: manifest.license,
      LicenseUrl: './LICENSE',
      ReadmeUrl: './README.md',
      Labels: ['mcp', 'model-context-protocol', 'ai', 'agents', 'tools', 'lambda', 'serverless'],
      HomePageUrl: SOURCE,
      SourceCodeUrl: SOURCE,
      SemanticVersion: manifest.version,
    },
  };
}
