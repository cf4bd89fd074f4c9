package com.example;

import java.io.IOException;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** The app on the local runner. */
public final class LocalRunner implements AutoCloseable {
    private static final Pattern MCP_URL = Pattern.compile("\"mcp\":\"([^\"]+)\"");

    public final String mcpUrl;
    private final Process process;

    public LocalRunner() throws IOException {
        process = new ProcessBuilder("npx", "-p", "cdk-mcp-lambda", "mcp-lambda", "local", "--port", "0", "--json")
                .redirectError(ProcessBuilder.Redirect.INHERIT)
                .start();
        Matcher ready = MCP_URL.matcher(String.valueOf(process.inputReader().readLine()));
        if (!ready.find()) throw new IOException("the local runner did not start");
        mcpUrl = ready.group(1);
    }

    @Override
    public void close() {
        process.descendants().forEach(ProcessHandle::destroy);
        process.destroy();
    }
}
