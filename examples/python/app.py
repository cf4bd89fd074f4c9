#!/usr/bin/env python3
from aws_cdk import App

from orders.orders_stack import OrdersStack
from shipping.shipping_stack import ShippingStack

app = App()
orders = OrdersStack(app, "Orders")
ShippingStack(app, "Shipping", server=orders.server)
app.synth()
