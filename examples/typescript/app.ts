import { join } from 'node:path';
import { App } from 'aws-cdk-lib';
import { OrdersStack } from './orders-stack';

const app = new App();
new OrdersStack(app, 'Orders', join(__dirname, 'functions'));
