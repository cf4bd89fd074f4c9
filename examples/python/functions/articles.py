"""An existing function, written for the API that openapi.yaml describes, without MCP in mind.

The operation's parameters arrive as behind API Gateway.
"""

import json

ARTICLES = [
    {"sku": "DESK-2", "name": "Standing desk", "price": 320},
    {"sku": "LAMP-7", "name": "Table lamp", "price": 49.9},
    {"sku": "LAMP-9", "name": "Floor lamp", "price": 129},
]


def handler(event: dict, context) -> dict:
    query = event["queryStringParameters"] or {}
    text = query.get("text", "").lower()
    max_price = float(query.get("maxPrice", "inf"))
    found = [
        article
        for article in ARTICLES
        if text in article["name"].lower() and article["price"] <= max_price
    ]
    return {
        "statusCode": 200,
        "headers": {"content-type": "application/json"},
        "body": json.dumps({"articles": found}),
    }
