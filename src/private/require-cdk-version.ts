/** Imported first by the package's index, before any module that uses aws-cdk-lib. */
import { checkCdkVersion } from './cdk-version';

checkCdkVersion(require('aws-cdk-lib/package.json').version);
