"""Shapes of CDK apps, each with an MCP server: the Python counterpart of test/src/apps.test.ts."""

import json
import os

import jsii
from aws_cdk import (
    App,
    Aspects,
    Aws,
    CfnResource,
    DefaultStackSynthesizer,
    Environment,
    Fn,
    IAspect,
    NestedStack,
    PermissionsBoundary,
    Stack,
    Stage,
    Tags,
    pipelines,
)
from aws_cdk import aws_ec2 as ec2
from aws_cdk import aws_iam as iam
from aws_cdk import aws_lambda as lambda_
from cdk_mcp_lambda import McpLambdaServer, McpTool

US = Environment(account="111122223333", region="us-east-1")

app = App(context={"@aws-cdk/core:target-partitions": ["aws", "aws-cn"]})
errors = {}


def function(scope, construct_id="Fn", **props):
    return lambda_.Function(
        scope,
        construct_id,
        runtime=lambda_.Runtime.PYTHON_3_13,
        handler="index.handler",
        code=lambda_.Code.from_inline("handler = lambda event, context: 'ok'"),
        **props,
    )


def server_in(scope):
    """A server with one tool."""
    server = McpLambdaServer(scope, "Mcp", server_name="orders", tasks=True)
    server.add_tool(function(scope), name="lookup")
    return server


def expect_error(name, action):
    try:
        action()
    except RuntimeError as error:
        errors[name] = str(error)


# functions in other environments
stack = Stack(app, "OtherAccount", env=US)
other = Stack(app, "OtherAccountFunctions", env=Environment(account="999999999999", region="us-east-1"))
server = McpLambdaServer(stack, "Mcp")
server.add_tool(function(other, function_name="lookup"), name="lookup")

abroad = lambda_.Function.from_function_arn(stack, "Abroad", "arn:aws:lambda:eu-west-1:111122223333:function:f")
expect_error("otherRegion", lambda: server.add_tool(abroad, name="abroad"))

agnostic = Stack(app, "AgnosticTools")
agnostic_server = McpLambdaServer(Stack(app, "Agnostic"), "Mcp")
foreign = lambda_.Function.from_function_arn(agnostic, "Foreign", "arn:aws:lambda:us-east-1:999999999999:function:f")
McpTool(agnostic, "Tool", server=agnostic_server, handler=foreign, name="foreign")

# one-sided environments
server_in(Stack(app, "Account", env=Environment(account="111122223333")))
region = Stack(app, "Region", env=Environment(region="us-east-1"))
server_in(region)
McpTool(region, "Tool", server=server, handler=function(region, "Tools"), name="one_sided")

# exports, and an imported server
stack = Stack(app, "Exports", env=US)
imported = McpLambdaServer.from_mcp_lambda_server_attributes(
    stack,
    "Mcp",
    server_name="orders",
    rest_api_id=Fn.import_value("api"),
    registration_provider_arn=Fn.import_value("provider"),
    runtime_role_arn=Fn.import_value("role"),
)
for name in ["a", "b"]:
    imported.add_tool(lambda_.Function.from_function_arn(stack, name, Fn.import_value(name)), name=name)

elsewhere = McpLambdaServer.from_mcp_lambda_server_attributes(
    stack,
    "Elsewhere",
    server_name="orders",
    rest_api_id="abc123",
    registration_provider_arn="arn:aws:lambda:eu-west-1:111122223333:function:provider",
    runtime_role_arn="arn:aws:iam::111122223333:role/runtime",
)
expect_error("importedServer", lambda: elsewhere.add_tool(function(stack), name="elsewhere"))

# roles
stack = Stack(app, "ImportedRole")
role = iam.Role.from_role_arn(stack, "Role", "arn:aws:iam::111122223333:role/handlers", mutable=False)
McpLambdaServer(stack, "Mcp").add_tool(function(stack, role=role), name="lookup")

stack = Stack(app, "PrecreatedRoles")
roles = ["RuntimeRole", "MessageRole", "SweeperRole", "RegistrationRole", "RegistrationProviderRole"]
precreated = {f"PrecreatedRoles/Mcp/{role}": f"org-{role}" for role in roles}
iam.Role.customize_roles(
    stack, use_precreated_roles={**precreated, "PrecreatedRoles/Fn/ServiceRole": "org-handler"}
)
server_in(stack)

stack = Stack(app, "Boundary")
server_in(stack)
boundary = iam.ManagedPolicy.from_managed_policy_name(stack, "Policy", "boundary")
iam.PermissionsBoundary.of(stack).apply(boundary)

server_in(Stack(app, "StackBoundary", permissions_boundary=PermissionsBoundary.from_name("boundary")))


# Aspects
@jsii.implements(IAspect)
class Prefix:
    """Changes every logical id."""

    def visit(self, node):
        if CfnResource.is_cfn_resource(node):
            node.override_logical_id("X" + Stack.of(node).get_logical_id(node))


stack = Stack(app, "Aspects")
server_in(stack)
Aspects.of(stack).add(Prefix())
Tags.of(stack).add("team", Aws.STACK_NAME)


# stages and pipelines
class Orders(Stage):
    """A server, and tools in another stack."""

    def __init__(self, scope, construct_id, **props):
        super().__init__(scope, construct_id, **props)
        server = server_in(Stack(self, "Server"))
        tools = Stack(self, "Tools")
        handler = function(tools, environment={"SERVER": server.mcp_url})
        McpTool(tools, "Tool", server=server, handler=handler, name="track")


Orders(app, "Test")
stack = Stack(app, "Pipeline", env=US)
source = pipelines.CodePipelineSource.connection("example/orders", "main", connection_arn="arn:aws:x")
synth = pipelines.ShellStep("Synth", input=source, commands=["npx cdk synth"])
pipelines.CodePipeline(stack, "Pipeline", synth=synth).add_stage(Orders(stack, "Prod", env=US))

# context lookups
stack = Stack(app, "Lookups", env=US)
vpc = ec2.Vpc.from_lookup(stack, "Vpc", tags={"team": "orders"})
McpLambdaServer(stack, "Mcp", vpc=vpc).add_tool(function(stack, vpc=vpc), name="lookup")

# nested stacks, and a synthesizer with options
stack = Stack(app, "Nested", synthesizer=DefaultStackSynthesizer(qualifier="orders"))
server = McpLambdaServer(NestedStack(stack, "Server"), "Mcp")
for name in ["A", "B"]:
    nested = NestedStack(stack, name)
    McpTool(nested, "Tool", server=server, handler=function(nested), name=name)

with open(os.path.join(app.synth().directory, "errors.json"), "w", encoding="utf8") as file:
    json.dump(errors, file)
