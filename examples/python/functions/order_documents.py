"""One function behind a resource and a resource template.

The event says which URI is read, and has the template's variables.
"""

import re

RETURN_POLICY = "# Returns\n\nGoods come back within 30 days, unused, in their packaging."


def handler(event: dict, context) -> dict | str:
    if event["uri"] == "orders://policies/returns":
        return RETURN_POLICY
    order_id = event["variables"]["orderId"]
    if not re.fullmatch(r"A-\d{4}", order_id):
        return {"statusCode": 404, "body": f"no invoice for {order_id}"}
    return f"# Invoice {order_id}\n\nPaid in full. Thank you for your order."
