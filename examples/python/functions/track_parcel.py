"""An exception becomes an error result with its type and message, so that the model can correct its call."""

PARCELS = {
    "A-1001": {"parcel": "P-7001", "status": "on its way", "stops": ["warehouse", "sorting centre"]},
}


class ParcelNotFound(Exception):
    pass


def handler(event: dict, context) -> dict:
    order_id = event["orderId"]
    if order_id not in PARCELS:
        raise ParcelNotFound(f"order {order_id} has not been handed to the carrier")
    return PARCELS[order_id]
