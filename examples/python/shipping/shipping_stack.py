from aws_cdk import Duration, Stack
from aws_cdk import aws_lambda as lambda_
from cdk_mcp_lambda import IMcpLambdaServer, McpSchema, McpTool, McpToolAnnotations
from constructs import Construct


class ShippingStack(Stack):
    """The stack of the shipping team. Its tool is deployed and deleted with it, independently of the server's stack."""

    def __init__(
        self,
        scope: Construct,
        construct_id: str,
        *,
        server: IMcpLambdaServer,
        **kwargs,
    ) -> None:
        """
        :param server: the server to register the tool on, which may be imported
        """
        super().__init__(scope, construct_id, **kwargs)

        track_parcel = lambda_.Function(
            self,
            "track-parcel",
            runtime=lambda_.Runtime.PYTHON_3_13,
            handler="track_parcel.handler",
            code=lambda_.Code.from_asset("functions", exclude=["__pycache__"]),
            memory_size=512,
            timeout=Duration.seconds(10),
        )

        McpTool(
            self,
            "TrackParcel",
            server=server,
            handler=track_parcel,
            name="track_parcel",
            description="Location of the parcel of a shipped order",
            input_schema=McpSchema.from_file("schemas/lookup-order.json"),
            annotations=McpToolAnnotations(read_only_hint=True),
        )
