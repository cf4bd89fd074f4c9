"""A tool that reads its caller from the client context."""


def handler(event: dict, context) -> dict:
    about = context.client_context.custom
    return {
        "title": event["title"],
        "openedBy": about.get("mcpPrincipal", "unknown"),
        "request": about["mcpRequestId"],
    }
