package com.example.lampshop.functions;

import com.amazonaws.services.lambda.runtime.Context;
import com.amazonaws.services.lambda.runtime.RequestHandler;
import java.util.StringTokenizer;

/** Any JSON a function returns is the structured result; here it also has to satisfy the tool's output schema. */
public class TextStats implements RequestHandler<TextStats.Arguments, TextStats.Stats> {
    public record Arguments(String text) {}

    public record Stats(long characters, long words, long lines) {}

    @Override
    public Stats handleRequest(Arguments arguments, Context context) {
        String text = arguments.text();
        return new Stats(
                text.codePoints().count(),
                new StringTokenizer(text).countTokens(),
                text.chars().filter(character -> character == '\n').count() + 1);
    }
}
