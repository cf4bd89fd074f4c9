from aws_cdk import Duration, Stack
from aws_cdk import aws_cloudwatch as cloudwatch
from aws_cdk import aws_iam as iam
from aws_cdk import aws_lambda as lambda_
from cdk_mcp_lambda import (
    McpAlarmOverride,
    McpClientFeature,
    McpEvent,
    McpLambdaServer,
    McpOpenApi,
    McpPromptArgument,
    McpSchema,
    McpToolAnnotations,
)
from constructs import Construct

READ_ONLY = McpToolAnnotations(read_only_hint=True)


class OrdersStack(Stack):
    """A shop's orders as an MCP server: tools, resources, a prompt, and a tool that asks the user."""

    server: McpLambdaServer
    """The server, for tools in other stacks."""

    def __init__(self, scope: Construct, construct_id: str, **kwargs) -> None:
        super().__init__(scope, construct_id, **kwargs)

        self.server = McpLambdaServer(
            self,
            "Mcp",
            server_name="orders",
            title="Orders of the lamp shop",
            instructions="Look up an order before you answer questions about it.",
        )

        self.server.add_tool(
            self._function("echo"),
            name="echo",
            description="Returns the message",
            input_schema=McpSchema.from_object(
                {
                    "type": "object",
                    "properties": {"message": {"type": "string"}},
                    "required": ["message"],
                }
            ),
            annotations=READ_ONLY,
        )

        order_id = McpSchema.from_file("schemas/lookup-order.json")
        lookup = self.server.add_tool(
            self._function("orders"),
            name="lookup_order",
            title="Look up an order",
            description="Status, items and total of an order",
            input_schema=order_id,
            event=McpEvent.api_gateway(method="GET", path="/orders/{orderId}"),
            annotations=READ_ONLY,
        )

        # An operation of an OpenAPI document: name, description, schemas and event come from the document.
        self.server.add_open_api(
            self._function("articles"),
            spec=McpOpenApi.from_file("openapi.yaml"),
            operations=["findArticles"],
        )

        self.server.add_tool(
            self._function("text-stats"),
            name="text_stats",
            description="Counts characters, words and lines",
            input_schema=McpSchema.from_object(
                {
                    "type": "object",
                    "properties": {"text": {"type": "string"}},
                    "required": ["text"],
                }
            ),
            output_schema=McpSchema.from_object(
                {
                    "type": "object",
                    "properties": {
                        "characters": {"type": "integer"},
                        "words": {"type": "integer"},
                        "lines": {"type": "integer"},
                    },
                    "required": ["characters", "words", "lines"],
                }
            ),
            annotations=READ_ONLY,
        )

        self.server.add_tool(
            self._function("book-delivery"),
            name="book_delivery",
            description="Books the delivery of an order; the user chooses the time of day",
            input_schema=order_id,
            event=McpEvent.request(),
            asks_client=[McpClientFeature.ELICITATION],
        )

        documents = self._function("order-documents")
        self.server.add_resource(
            documents,
            name="return-policy",
            uri="orders://policies/returns",
            mime_type="text/markdown",
        )
        self.server.add_resource_template(
            documents,
            name="invoice",
            uri_template="orders://{orderId}/invoice",
            mime_type="text/markdown",
        )

        self.server.add_prompt(
            self._function("write-reply"),
            name="write_reply",
            description="A reply to a customer about an order",
            arguments=[
                McpPromptArgument(name="orderId", required=True),
                McpPromptArgument(name="tone"),
            ],
            completions={"tone": ["friendly", "formal", "brief"]},
        )

        # Grant access to a client, and raise an alarm on errors.
        agent = iam.Role(self, "Agent", assumed_by=iam.AccountRootPrincipal())
        self.server.grant_connect(agent)
        cloudwatch.Alarm(
            self,
            "LookupErrors",
            metric=lookup.metric_errors(),
            threshold=5,
            evaluation_periods=1,
            treat_missing_data=cloudwatch.TreatMissingData.NOT_BREACHING,
        )

        # One screen, and alarms for what needs a person.
        self.server.add_dashboard()
        self.server.add_alarms(
            overrides={"ToolErrorRate": McpAlarmOverride(threshold=10)},
        )

    def _function(self, construct_id: str) -> lambda_.Function:
        """Defines a function from the module in functions/ with the name of the construct."""
        return lambda_.Function(
            self,
            construct_id,
            runtime=lambda_.Runtime.PYTHON_3_13,
            handler=f"{construct_id.replace('-', '_')}.handler",
            code=lambda_.Code.from_asset("functions", exclude=["__pycache__"]),
            memory_size=512,
            timeout=Duration.seconds(10),
        )
