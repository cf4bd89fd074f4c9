package com.example.lampshop;

import software.amazon.awscdk.App;

public final class LampShopApp {
    private LampShopApp() {}

    public static void main(final String[] args) {
        App app = new App();
        OrdersStack orders = new OrdersStack(app, "Orders", null);
        new ShippingStack(app, "Shipping", null, orders.getServer());
        app.synth();
    }
}
