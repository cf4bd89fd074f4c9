"""One resource: a string becomes its text."""


def handler(event: dict, context) -> str:
    return "# Terms\n\nReturns within 30 days."
