package com.example;

import io.modelcontextprotocol.client.McpClient;
import io.modelcontextprotocol.client.McpSyncClient;
import io.modelcontextprotocol.client.transport.HttpClientStreamableHttpTransport;
import io.modelcontextprotocol.spec.McpSchema.CallToolRequest;
import io.modelcontextprotocol.spec.McpSchema.CallToolResult;
import io.modelcontextprotocol.spec.McpSchema.TextContent;
import java.net.URI;
import java.util.Map;

public final class OrdersTest {
    public static void main(String[] args) throws Exception {
        try (LocalRunner runner = new LocalRunner(); McpSyncClient client = connect(runner.mcpUrl)) {
            client.initialize();
            expect("shipped", String.valueOf(call(client, "A-1001").structuredContent()));
            expect("no order A-9999; try A-1001 or A-1002", text(call(client, "A-9999")));
            expect("invalid arguments:\n/orderId: ", text(call(client, "lamp")));
        }
    }

    private static McpSyncClient connect(String mcpUrl) {
        URI url = URI.create(mcpUrl);
        String host = url.getScheme() + "://" + url.getAuthority();
        return McpClient.sync(HttpClientStreamableHttpTransport.builder(host).endpoint(url.getPath()).build()).build();
    }

    private static CallToolResult call(McpSyncClient client, String orderId) {
        return client.callTool(new CallToolRequest("lookup_order", Map.of("orderId", orderId)));
    }

    private static String text(CallToolResult result) {
        return ((TextContent) result.content().get(0)).text();
    }

    private static void expect(String expected, String actual) {
        if (!actual.contains(expected)) throw new AssertionError("expected \"" + expected + "\" in: " + actual);
    }
}
