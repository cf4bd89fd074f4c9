import os

if port := os.environ.get("MCP_LAMBDA_DEBUG_PORT"):
    import debugpy

    debugpy.listen(("127.0.0.1", int(port)))


def handler(event, context):
    return {"debugged": bool(port)}
