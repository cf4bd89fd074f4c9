"""Any JSON a function returns is the structured result; here it also has to satisfy the tool's output schema."""


def handler(event: dict, context) -> dict[str, int]:
    text: str = event["text"]
    return {
        "characters": len(text),
        "words": len(text.split()),
        "lines": text.count("\n") + 1,
    }
