package com.example.lampshop.functions;

import com.amazonaws.services.lambda.runtime.Context;
import com.amazonaws.services.lambda.runtime.RequestHandler;
import java.math.BigDecimal;
import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;

/**
 * An existing function, written for the API that openapi.yaml describes, without MCP in mind. The operation's parameters arrive as
 * behind API Gateway.
 */
public class Articles implements RequestHandler<Articles.Request, Articles.Response> {
    /** The part of the event that the function reads. */
    public static class Request {
        private Map<String, String> queryStringParameters;

        public Map<String, String> getQueryStringParameters() {
            return queryStringParameters;
        }

        public void setQueryStringParameters(Map<String, String> queryStringParameters) {
            this.queryStringParameters = queryStringParameters;
        }
    }

    public record Response(int statusCode, Map<String, String> headers, String body) {}

    private record Article(String sku, String name, BigDecimal price) {
        String json() {
            return "{ \"sku\": \"%s\", \"name\": \"%s\", \"price\": %s }".formatted(sku, name, price);
        }
    }

    private static final List<Article> ARTICLES = List.of(
            new Article("DESK-2", "Standing desk", new BigDecimal("320")),
            new Article("LAMP-7", "Table lamp", new BigDecimal("49.9")),
            new Article("LAMP-9", "Floor lamp", new BigDecimal("129")));

    @Override
    public Response handleRequest(Request event, Context context) {
        Map<String, String> query = event.getQueryStringParameters() == null ? Map.of() : event.getQueryStringParameters();
        String text = query.getOrDefault("text", "").toLowerCase();
        String maxPrice = query.get("maxPrice");
        String found = ARTICLES.stream()
                .filter(article -> article.name().toLowerCase().contains(text))
                .filter(article -> maxPrice == null || article.price().compareTo(new BigDecimal(maxPrice)) <= 0)
                .map(Article::json)
                .collect(Collectors.joining(", "));
        return new Response(
                200, Map.of("content-type", "application/json"), "{ \"articles\": [%s] }".formatted(found));
    }
}
