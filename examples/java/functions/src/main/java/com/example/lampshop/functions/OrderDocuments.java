package com.example.lampshop.functions;

import com.amazonaws.services.lambda.runtime.Context;
import com.amazonaws.services.lambda.runtime.RequestHandler;
import java.util.Map;

/** One function for a resource and a resource template. The event has the URI and the variables of the template. */
public class OrderDocuments implements RequestHandler<OrderDocuments.Event, Object> {
    public static class Event {
        public String uri;
        public Map<String, String> variables;
    }

    private static final String RETURN_POLICY =
            """
            # Returns

            Goods come back within 30 days, unused, in their packaging.""";

    @Override
    public Object handleRequest(Event event, Context context) {
        if (event.uri.equals("orders://policies/returns")) {
            return RETURN_POLICY;
        }
        String orderId = event.variables.get("orderId");
        if (!orderId.matches("A-\\d{4}")) {
            return Map.of("statusCode", 404, "body", "no invoice for " + orderId);
        }
        return """
                # Invoice %s

                Paid in full. Thank you for your order.""".formatted(orderId);
    }
}
