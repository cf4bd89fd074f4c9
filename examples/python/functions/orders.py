"""An existing function, written for an HTTP API without MCP in mind.

It takes a dict with an `orderId` and returns an API Gateway proxy response. The server unwraps the response; a 404
becomes an error result.
"""

import json

ORDERS = {
    "A-1001": {
        "orderId": "A-1001",
        "customer": "Jordan",
        "status": "shipped",
        "items": [{"sku": "LAMP-7", "quantity": 1}],
        "total": 49.9,
    },
    "A-1002": {
        "orderId": "A-1002",
        "customer": "Sam",
        "status": "delayed",
        "items": [{"sku": "DESK-2", "quantity": 1}],
        "total": 320,
    },
}


def handler(event: dict, context) -> dict:
    order_id = event["orderId"]
    order = ORDERS.get(order_id)
    if order is None:
        return {
            "statusCode": 404,
            "headers": {"content-type": "text/plain"},
            "body": f"no order {order_id}; try {' or '.join(ORDERS)}",
        }
    return {
        "statusCode": 200,
        "headers": {"content-type": "application/json"},
        "body": json.dumps(order),
    }
