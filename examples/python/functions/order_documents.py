"""One function for a resource and a resource template.

The event has the URI and the variables of the template.
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
