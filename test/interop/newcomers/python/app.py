from aws_cdk import App, Stack, aws_iam as iam, aws_lambda as lambda_
from cdk_mcp_lambda import McpLambdaServer, McpSchema

app = App()
stack = Stack(app, "Orders")

lookup_order = lambda_.Function(
    stack,
    "LookupOrder",
    runtime=lambda_.Runtime.PYTHON_3_13,
    handler="orders.handler",
    code=lambda_.Code.from_asset("functions"),
)

server = McpLambdaServer(stack, "Mcp", server_name="orders")
server.add_tool(
    lookup_order,
    name="lookup_order",
    description="Returns the status of an order",
    input_schema=McpSchema.from_file("schemas/lookup-order.json"),
)

agent = iam.Role(stack, "Agent", assumed_by=iam.AccountRootPrincipal())
server.grant_connect(agent)
app.synth()
