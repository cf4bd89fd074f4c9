"""A tool that knows who asked: the client context has what surrounds the arguments."""


def handler(event: dict, context) -> dict:
    about = context.client_context.custom
    return {
        "title": event["title"],
        "openedBy": about.get("mcpPrincipal", "anonymous"),
        "request": about["mcpRequestId"],
    }
