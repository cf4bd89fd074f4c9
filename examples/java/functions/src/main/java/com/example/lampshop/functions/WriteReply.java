package com.example.lampshop.functions;

import com.amazonaws.services.lambda.runtime.Context;
import com.amazonaws.services.lambda.runtime.RequestHandler;

/** A prompt: a string becomes one user message. */
public class WriteReply implements RequestHandler<WriteReply.Arguments, String> {
    public record Arguments(String orderId, String tone) {}

    @Override
    public String handleRequest(Arguments arguments, Context context) {
        String tone = arguments.tone() == null ? "friendly" : arguments.tone();
        return ("Write a %s reply to the customer of order %s. "
                        + "Look the order up first, and say when it will arrive.")
                .formatted(tone, arguments.orderId());
    }
}
