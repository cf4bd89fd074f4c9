package com.example.lampshop.functions;

import com.amazonaws.services.lambda.runtime.Context;
import com.amazonaws.services.lambda.runtime.RequestHandler;
import java.util.List;
import java.util.Map;

/**
 * A tool that asks the user before it acts. It is registered with {@code McpEvent.request()}, so its event is the whole
 * request. It returns {@code input_required} to ask, and is invoked again with the user's response.
 */
public class BookDelivery implements RequestHandler<BookDelivery.Request, Object> {
    public static class Request {
        public Params params;
    }

    public static class Params {
        public Map<String, String> arguments;
        public Map<String, Answer> inputResponses;
        public String requestState;
    }

    public static class Answer {
        public String action;
        public Map<String, String> content;
    }

    private static final Map<String, Object> SLOT =
            Map.of("type", "string", "title", "Time of day", "enum", List.of("morning", "afternoon", "evening"));

    @Override
    public Object handleRequest(Request request, Context context) {
        Params params = request.params;
        if (params.inputResponses == null) {
            return ask(params.arguments.get("orderId"));
        }
        Answer answer = params.inputResponses.get("slot");
        if (!answer.action.equals("accept")) {
            return "Nothing booked: the user chose to %s.".formatted(answer.action);
        }
        return "Delivery of %s is booked for the %s."
                .formatted(params.requestState, answer.content.get("slot"));
    }

    private static Map<String, Object> ask(String orderId) {
        Map<String, Object> form = Map.of(
                "mode", "form",
                "message", "When should order %s arrive?".formatted(orderId),
                "requestedSchema", Map.of(
                        "type", "object",
                        "properties", Map.of("slot", SLOT),
                        "required", List.of("slot")));
        return Map.of(
                "resultType", "input_required",
                "inputRequests", Map.of("slot", Map.of("method", "elicitation/create", "params", form)),
                "requestState", orderId);
    }
}
