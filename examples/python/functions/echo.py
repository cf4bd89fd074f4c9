"""The smallest tool: its event is the tool's arguments, and its return value is the tool's result."""


def handler(event: dict, context) -> str:
    return event["message"]
