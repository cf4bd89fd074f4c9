"""JSON that a function returns becomes the structured result. Here it must also match the tool's output schema."""


def handler(event: dict, context) -> dict[str, int]:
    text: str = event["text"]
    return {
        "characters": len(text),
        "words": len(text.split()),
        "lines": text.count("\n") + 1,
    }
