import { App } from 'aws-cdk-lib';
import { conformanceApp } from './app';

const app = new App();
conformanceApp(app);
app.synth();
