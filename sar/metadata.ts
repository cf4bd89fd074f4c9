import manifest from '../package.json';

/** URL of the repository. */
const SOURCE = manifest.repository.url.replace(/\.git$/, '');

/** Metadata of the application for the Serverless Application Repository, from package.json. */
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
