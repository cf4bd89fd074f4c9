"""The smallest tool: its event is the tool's arguments, its answer becomes the tool's result."""


def handler(event: dict, context) -> str:
    return event["message"]
