from aws_cdk import Duration, Stack
from aws_cdk import aws_lambda as lambda_
from cdk_mcp_lambda import IMcpLambdaServer, McpSchema, McpTool, McpToolAnnotations
from constructs import Construct


class ShippingStack(Stack):
    """The shipping team's own stack. Its tool is deployed, and goes, with it: the server's stack knows nothing of it."""

    def __init__(
        self,
        scope: Construct,
        construct_id: str,
        *,
        server: IMcpLambdaServer,
        **kwargs,
    ) -> None:
        """
        :param server: the server that offers this stack's tool; another team's, and it may be an imported one
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
            description="Where the parcel of a shipped order is",
            input_schema=McpSchema.from_file("schemas/lookup-order.json"),
            annotations=McpToolAnnotations(read_only_hint=True),
        )
