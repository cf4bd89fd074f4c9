package com.example.lampshop.functions;

import com.amazonaws.services.lambda.runtime.Context;
import com.amazonaws.services.lambda.runtime.RequestHandler;
import java.util.Map;

/** A prompt: a string becomes one user message. */
public class WriteReply implements RequestHandler<Map<String, String>, String> {
    @Override
    public String handleRequest(Map<String, String> arguments, Context context) {
        String tone = arguments.getOrDefault("tone", "friendly");
        return ("Write a %s reply to the customer of order %s. "
                        + "Look the order up first, and say when it will arrive.")
                .formatted(tone, arguments.get("orderId"));
    }
}
