import { App } from 'aws-cdk-lib';
import { conformanceApp } from './app';

const app = new App();
conformanceApp(app, { functionUrl: process.argv.includes('--function-url') });
app.synth();
