"""A prompt: a string becomes one user message."""


def handler(event: dict, context) -> str:
    tone = event.get("tone", "friendly")
    return (
        f"Write a {tone} reply to the customer of order {event['orderId']}. "
        "Look the order up first, and say when it will arrive."
    )
