SKUS = ["DESK-2", "LAMP-7", "LAMP-9"]


def handler(event: dict, context) -> list[str]:
    argument = event["params"]["argument"]
    if argument["name"] != "sku":
        return []
    return [sku for sku in SKUS if sku.startswith(argument["value"].upper())]
