package com.example;

import io.github.cdkmcplambda.McpLambdaServer;
import io.github.cdkmcplambda.McpSchema;
import io.github.cdkmcplambda.McpToolOptions;
import software.amazon.awscdk.App;
import software.amazon.awscdk.Stack;
import software.amazon.awscdk.services.iam.AccountRootPrincipal;
import software.amazon.awscdk.services.iam.Role;
import software.amazon.awscdk.services.lambda.Code;
import software.amazon.awscdk.services.lambda.Function;
import software.amazon.awscdk.services.lambda.Runtime;

public final class OrdersApp {
    public static void main(final String[] args) {
        App app = new App();
        Stack stack = new Stack(app, "Orders");

        Function lookupOrder = Function.Builder.create(stack, "LookupOrder")
                .runtime(Runtime.JAVA_21)
                .handler("com.example.LookupOrder::handle")
                .code(Code.fromAsset("target/classes"))
                .memorySize(512)
                .build();

        McpLambdaServer server = McpLambdaServer.Builder.create(stack, "Mcp").serverName("orders").build();
        server.addTool(lookupOrder, McpToolOptions.builder()
                .name("lookup_order")
                .description("Returns the status of an order")
                .inputSchema(McpSchema.fromFile("schemas/lookup-order.json"))
                .build());

        Role agent = Role.Builder.create(stack, "Agent").assumedBy(new AccountRootPrincipal()).build();
        server.grantConnect(agent);
        app.synth();
    }
}
