package com.example.lampshop;

import io.github.cdkmcplambda.IMcpLambdaServer;
import io.github.cdkmcplambda.McpSchema;
import io.github.cdkmcplambda.McpTool;
import io.github.cdkmcplambda.McpToolAnnotations;
import software.amazon.awscdk.Duration;
import software.amazon.awscdk.Stack;
import software.amazon.awscdk.StackProps;
import software.amazon.awscdk.services.lambda.Code;
import software.amazon.awscdk.services.lambda.Function;
import software.amazon.awscdk.services.lambda.Runtime;
import software.constructs.Construct;

/** The stack of the shipping team. Its tool is deployed and deleted with it, independently of the server's stack. */
public class ShippingStack extends Stack {
    /**
     * @param server the server to register the tool on, which may be imported
     */
    public ShippingStack(
            final Construct scope, final String id, final StackProps props, final IMcpLambdaServer server) {
        super(scope, id, props);

        Function trackParcel = Function.Builder.create(this, "track-parcel")
                .runtime(Runtime.JAVA_21)
                .handler("com.example.lampshop.functions.TrackParcel")
                .code(Code.fromAsset("functions/target/functions.jar"))
                .memorySize(512)
                .timeout(Duration.seconds(10))
                .build();

        McpTool.Builder.create(this, "TrackParcel")
                .server(server)
                .handler(trackParcel)
                .name("track_parcel")
                .description("Location of the parcel of a shipped order")
                .inputSchema(McpSchema.fromFile("schemas/lookup-order.json"))
                .annotations(McpToolAnnotations.builder().readOnlyHint(true).build())
                .build();
    }
}
