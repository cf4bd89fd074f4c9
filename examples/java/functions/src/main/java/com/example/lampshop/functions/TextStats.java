package com.example.lampshop.functions;

import com.amazonaws.services.lambda.runtime.Context;
import com.amazonaws.services.lambda.runtime.RequestHandler;
import java.util.Map;
import java.util.regex.Pattern;

/** JSON that a function returns becomes the structured result. Here it must also match the tool's output schema. */
public class TextStats implements RequestHandler<Map<String, String>, TextStats.Stats> {
    public record Stats(long characters, long words, long lines) {}

    private static final Pattern WORD = Pattern.compile("\\S+", Pattern.UNICODE_CHARACTER_CLASS);

    @Override
    public Stats handleRequest(Map<String, String> arguments, Context context) {
        String text = arguments.get("text");
        return new Stats(
                text.codePoints().count(),
                WORD.matcher(text).results().count(),
                text.chars().filter(character -> character == '\n').count() + 1);
    }
}
