import { App } from 'aws-cdk-lib';
import { OrdersStack } from './orders-stack';
import { ShippingStack } from './shipping-stack';

const app = new App();
const { server } = new OrdersStack(app, 'Orders');
new ShippingStack(app, 'Shipping', { server });
