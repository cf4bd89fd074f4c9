package com.example.lampshop.functions;

import com.amazonaws.services.lambda.runtime.Context;
import com.amazonaws.services.lambda.runtime.RequestHandler;
import java.util.Map;
import java.util.TreeMap;

/**
 * An existing function, written for the route {@code GET /orders/{orderId}} of an API without MCP in mind. It takes an event
 * of API Gateway and returns a proxy response. The server makes the event of the arguments, and unwraps the response; a 404
 * becomes an error result.
 */
public class Orders implements RequestHandler<Orders.Request, Orders.Response> {
    /** The part of the event that the function reads. */
    public static class Request {
        private Map<String, String> pathParameters;

        public Map<String, String> getPathParameters() {
            return pathParameters;
        }

        public void setPathParameters(Map<String, String> pathParameters) {
            this.pathParameters = pathParameters;
        }
    }

    public record Response(int statusCode, Map<String, String> headers, String body) {}

    /** Orders as JSON, by id. */
    private static final Map<String, String> ORDERS = new TreeMap<>(Map.of(
            "A-1001",
            """
            {
              "orderId": "A-1001",
              "customer": "Jordan",
              "status": "shipped",
              "items": [{ "sku": "LAMP-7", "quantity": 1 }],
              "total": 49.9
            }
            """,
            "A-1002",
            """
            {
              "orderId": "A-1002",
              "customer": "Sam",
              "status": "delayed",
              "items": [{ "sku": "DESK-2", "quantity": 1 }],
              "total": 320
            }
            """));

    @Override
    public Response handleRequest(Request event, Context context) {
        String orderId = event.getPathParameters().get("orderId");
        String order = ORDERS.get(orderId);
        if (order == null) {
            String message = "no order %s; try %s".formatted(orderId, String.join(" or ", ORDERS.keySet()));
            return new Response(404, Map.of("content-type", "text/plain"), message);
        }
        return new Response(200, Map.of("content-type", "application/json"), order);
    }
}
