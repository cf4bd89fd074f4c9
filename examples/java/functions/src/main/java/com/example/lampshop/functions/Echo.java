package com.example.lampshop.functions;

import com.amazonaws.services.lambda.runtime.Context;
import com.amazonaws.services.lambda.runtime.RequestHandler;

/** The smallest tool: its event is the tool's arguments, its answer becomes the tool's result. */
public class Echo implements RequestHandler<Echo.Arguments, String> {
    public record Arguments(String message) {}

    @Override
    public String handleRequest(Arguments arguments, Context context) {
        return arguments.message();
    }
}
