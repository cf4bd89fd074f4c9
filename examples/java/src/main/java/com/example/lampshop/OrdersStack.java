package com.example.lampshop;

import io.github.cdkmcplambda.McpAlarmOverride;
import io.github.cdkmcplambda.McpAlarmsOptions;
import io.github.cdkmcplambda.McpClientFeature;
import io.github.cdkmcplambda.McpEvent;
import io.github.cdkmcplambda.McpHttpEventOptions;
import io.github.cdkmcplambda.McpLambdaServer;
import io.github.cdkmcplambda.McpOpenApi;
import io.github.cdkmcplambda.McpOpenApiOptions;
import io.github.cdkmcplambda.McpPromptArgument;
import io.github.cdkmcplambda.McpPromptOptions;
import io.github.cdkmcplambda.McpResourceOptions;
import io.github.cdkmcplambda.McpResourceTemplateOptions;
import io.github.cdkmcplambda.McpSchema;
import io.github.cdkmcplambda.McpTool;
import io.github.cdkmcplambda.McpToolAnnotations;
import io.github.cdkmcplambda.McpToolOptions;
import java.util.List;
import java.util.Map;
import software.amazon.awscdk.Duration;
import software.amazon.awscdk.Stack;
import software.amazon.awscdk.StackProps;
import software.amazon.awscdk.services.cloudwatch.Alarm;
import software.amazon.awscdk.services.cloudwatch.TreatMissingData;
import software.amazon.awscdk.services.iam.AccountRootPrincipal;
import software.amazon.awscdk.services.iam.Role;
import software.amazon.awscdk.services.lambda.Code;
import software.amazon.awscdk.services.lambda.Function;
import software.amazon.awscdk.services.lambda.Runtime;
import software.constructs.Construct;

/** A shop's orders as an MCP server: tools, resources, a prompt, and a tool that asks the user. */
public class OrdersStack extends Stack {
    private static final McpToolAnnotations READ_ONLY =
            McpToolAnnotations.builder().readOnlyHint(true).build();

    private final McpLambdaServer server;

    public OrdersStack(final Construct scope, final String id, final StackProps props) {
        super(scope, id, props);

        server = McpLambdaServer.Builder.create(this, "Mcp")
                .serverName("orders")
                .title("Orders of the lamp shop")
                .instructions("Look up an order before you answer questions about it.")
                .build();

        server.addTool(function("echo", "Echo"), McpToolOptions.builder()
                .name("echo")
                .description("Returns the message")
                .inputSchema(McpSchema.fromObject(Map.of(
                        "type", "object",
                        "properties", Map.of("message", Map.of("type", "string")),
                        "required", List.of("message"))))
                .annotations(READ_ONLY)
                .build());

        McpSchema orderId = McpSchema.fromFile("schemas/lookup-order.json");
        McpTool lookup = server.addTool(function("orders", "Orders"), McpToolOptions.builder()
                .name("lookup_order")
                .title("Look up an order")
                .description("Status, items and total of an order")
                .inputSchema(orderId)
                .event(McpEvent.apiGateway(McpHttpEventOptions.builder()
                        .method("GET")
                        .path("/orders/{orderId}")
                        .build()))
                .annotations(READ_ONLY)
                .build());

        // An operation of an OpenAPI document: name, description, schemas and event come from the document.
        server.addOpenApi(function("articles", "Articles"), McpOpenApiOptions.builder()
                .spec(McpOpenApi.fromFile("openapi.yaml"))
                .operations(List.of("findArticles"))
                .build());

        Map<String, String> integer = Map.of("type", "integer");
        server.addTool(function("text-stats", "TextStats"), McpToolOptions.builder()
                .name("text_stats")
                .description("Counts characters, words and lines")
                .inputSchema(McpSchema.fromObject(Map.of(
                        "type", "object",
                        "properties", Map.of("text", Map.of("type", "string")),
                        "required", List.of("text"))))
                .outputSchema(McpSchema.fromObject(Map.of(
                        "type", "object",
                        "properties", Map.of("characters", integer, "words", integer, "lines", integer),
                        "required", List.of("characters", "words", "lines"))))
                .annotations(READ_ONLY)
                .build());

        server.addTool(function("book-delivery", "BookDelivery"), McpToolOptions.builder()
                .name("book_delivery")
                .description("Books the delivery of an order; the user chooses the time of day")
                .inputSchema(orderId)
                .event(McpEvent.request())
                .asksClient(List.of(McpClientFeature.ELICITATION))
                .build());

        Function documents = function("order-documents", "OrderDocuments");
        server.addResource(documents, McpResourceOptions.builder()
                .name("return-policy")
                .uri("orders://policies/returns")
                .mimeType("text/markdown")
                .build());
        server.addResourceTemplate(documents, McpResourceTemplateOptions.builder()
                .name("invoice")
                .uriTemplate("orders://{orderId}/invoice")
                .mimeType("text/markdown")
                .build());

        server.addPrompt(function("write-reply", "WriteReply"), McpPromptOptions.builder()
                .name("write_reply")
                .description("A reply to a customer about an order")
                .arguments(List.of(
                        McpPromptArgument.builder().name("orderId").required(true).build(),
                        McpPromptArgument.builder().name("tone").build()))
                .completions(Map.of("tone", List.of("friendly", "formal", "brief")))
                .build());

        // Grant access to a client, and raise an alarm on errors.
        server.grantConnect(Role.Builder.create(this, "Agent")
                .assumedBy(new AccountRootPrincipal())
                .build());
        Alarm.Builder.create(this, "LookupErrors")
                .metric(lookup.metricErrors())
                .threshold(5)
                .evaluationPeriods(1)
                .treatMissingData(TreatMissingData.NOT_BREACHING)
                .build();

        // One screen, and alarms for what needs a person.
        server.addDashboard();
        server.addAlarms(McpAlarmsOptions.builder()
                .overrides(Map.of("ToolErrorRate", McpAlarmOverride.builder().threshold(10).build()))
                .build());
    }

    /** The server, for tools in other stacks. */
    public McpLambdaServer getServer() {
        return server;
    }

    /**
     * Defines a function of the jar that `mvn -f functions package` builds. Lambda's defaults, 128 MB and 3 seconds, are too low
     * for the cold start of a JVM.
     */
    private Function function(final String id, final String className) {
        return Function.Builder.create(this, id)
                .runtime(Runtime.JAVA_21)
                .handler("com.example.lampshop.functions." + className)
                .code(Code.fromAsset("functions/target/functions.jar"))
                .memorySize(512)
                .timeout(Duration.seconds(10))
                .build();
    }
}
