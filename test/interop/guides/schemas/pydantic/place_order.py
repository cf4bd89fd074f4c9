from models import PlaceOrder


def handler(event: dict, context) -> dict:
    order = PlaceOrder.model_validate(event)
    return {"customer": order.customer, "pieces": sum(line.pieces for line in order.lines)}
