package com.example;

import java.util.Map;

public final class LookupOrder {
    private static final Map<String, String> ORDERS = Map.of("A-1001", "shipped", "A-1002", "delayed");

    public Map<String, String> handle(Map<String, String> event) {
        String orderId = event.get("orderId");
        if (!ORDERS.containsKey(orderId)) {
            throw new IllegalArgumentException("no order " + orderId + "; try A-1001 or A-1002");
        }
        return Map.of("orderId", orderId, "status", ORDERS.get(orderId));
    }
}
