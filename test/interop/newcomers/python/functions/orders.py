ORDERS = {"A-1001": "shipped", "A-1002": "delayed"}


def handler(event, context):
    order_id = event["orderId"]
    if order_id not in ORDERS:
        raise LookupError(f"no order {order_id}; try {' or '.join(ORDERS)}")
    return {"orderId": order_id, "status": ORDERS[order_id]}
