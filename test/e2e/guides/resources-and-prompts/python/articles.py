ARTICLES = {
    "DESK-2": {"title": "Desk", "price": 320},
    "LAMP-7": {"title": "Lamp", "price": 49.9},
}


def handler(event: dict, context) -> dict:
    if event.get("method") == "resources/list":
        resources = [
            {"uri": f"shop://articles/{sku}", "name": sku, "title": article["title"]}
            for sku, article in ARTICLES.items()
        ]
        return {"resources": resources}
    return ARTICLES.get(event["variables"]["sku"], {"statusCode": 404})
