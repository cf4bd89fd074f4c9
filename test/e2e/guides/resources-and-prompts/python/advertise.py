"""A prompt: its arguments are the event, and a string becomes one user message."""


def handler(event: dict, context) -> str:
    sku, tone = event["sku"], event.get("tone", "friendly")
    return f"Write a {tone} advertisement for article {sku}. Read shop://articles/{sku} first."
