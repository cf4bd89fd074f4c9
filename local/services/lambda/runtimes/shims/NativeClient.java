package com.amazonaws.services.lambda.runtime.api.client.runtimeapi;

import com.amazonaws.services.lambda.runtime.api.client.runtimeapi.dto.InvocationRequest;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.net.HttpURLConnection;
import java.net.URL;
import java.nio.charset.StandardCharsets;

/**
 * Replaces the class with this name in AWS's runtime client, which has a native library for Linux only, with the same methods in plain Java.
 * The local runner compiles it and puts it before the client on the class path.
 */
class NativeClient {
    private static String invocations;

    static void init(String address) {
        invocations = "http://" + address + "/2018-06-01/runtime/invocation/";
    }

    static InvocationRequest next() {
        try {
            HttpURLConnection connection = open("next");
            InvocationRequest request = new InvocationRequest();
            request.setContent(read(connection.getInputStream()));
            request.setId(connection.getHeaderField("Lambda-Runtime-Aws-Request-Id"));
            request.setXrayTraceId(connection.getHeaderField("Lambda-Runtime-Trace-Id"));
            request.setInvokedFunctionArn(connection.getHeaderField("Lambda-Runtime-Invoked-Function-Arn"));
            request.setDeadlineTimeInMs(connection.getHeaderFieldLong("Lambda-Runtime-Deadline-Ms", 0));
            request.setClientContext(connection.getHeaderField("Lambda-Runtime-Client-Context"));
            return request;
        } catch (IOException error) {
            throw end();
        }
    }

    static void postInvocationResponse(byte[] id, byte[] response) {
        try {
            HttpURLConnection connection = open(new String(id, StandardCharsets.UTF_8) + "/response");
            connection.setDoOutput(true);
            connection.setFixedLengthStreamingMode(response.length);
            connection.getOutputStream().write(response);
            read(connection.getInputStream());
        } catch (IOException error) {
            throw end();
        }
    }

    private static HttpURLConnection open(String path) throws IOException {
        return (HttpURLConnection) new URL(invocations + path).openConnection();
    }

    private static byte[] read(InputStream in) throws IOException {
        ByteArrayOutputStream out = new ByteArrayOutputStream();
        byte[] buffer = new byte[65536];
        for (int length = in.read(buffer); length >= 0; length = in.read(buffer)) out.write(buffer, 0, length);
        in.close();
        return out.toByteArray();
    }

    /** Exits: the Runtime API is gone, so the runner has stopped. */
    private static Error end() {
        Runtime.getRuntime().halt(1);
        return new Error();
    }
}
