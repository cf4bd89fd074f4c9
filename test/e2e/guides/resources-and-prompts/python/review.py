"""A prompt of several messages, one of which embeds a resource."""


def handler(event: dict, context) -> dict:
    uri = f"shop://articles/{event['sku']}"
    resource = {"uri": uri, "mimeType": "text/plain", "text": "A lamp. It is bright."}
    return {
        "messages": [
            {"role": "user", "content": {"type": "text", "text": f"Review the description of {event['sku']}."}},
            {"role": "user", "content": {"type": "resource", "resource": resource}},
        ]
    }
