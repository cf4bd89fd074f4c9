package com.example.lampshop.functions;

import com.amazonaws.services.lambda.runtime.Context;
import com.amazonaws.services.lambda.runtime.RequestHandler;
import java.util.Map;

/** The smallest tool: its event is the tool's arguments, and its return value is the tool's result. */
public class Echo implements RequestHandler<Map<String, String>, String> {
    @Override
    public String handleRequest(Map<String, String> arguments, Context context) {
        return arguments.get("message");
    }
}
