"""Handlers as existing functions in Python have them."""

import base64
import gzip
import json


def blueprint(event, context):
    if "table" not in event:
        return {"statusCode": "400", "body": "Unsupported table", "headers": {"Content-Type": "application/json"}}
    return {"statusCode": "200", "body": json.dumps(event), "headers": {"Content-Type": "application/json"}}


def resolver(event, context):
    """Returns what Powertools' event handlers return, compressed."""
    return {
        "statusCode": 200,
        "body": base64.b64encode(gzip.compress(json.dumps({"rows": [1, 2]}).encode())).decode(),
        "isBase64Encoded": True,
        "multiValueHeaders": {"Content-Type": ["application/json"], "Content-Encoding": ["gzip"]},
    }


def redirect(event, context):
    return {"statusCode": 302, "headers": {"Location": "https://x.example/report.pdf"}}


def consumer(event, context):
    return {"batchItemFailures": [{"itemIdentifier": each} for each in event.get("failed", [])]}


def nothing(event, context):
    pass


def dumps(event, context):
    return json.dumps({"n": event["n"]})


def page(event, context):
    return {"content": [], "totalElements": 0}


def latin(event, context):
    body = base64.b64encode("Größe".encode("latin-1")).decode()
    headers = {"Content-Type": "text/csv; charset=ISO-8859-1"}
    return {"statusCode": 200, "body": body, "isBase64Encoded": True, "headers": headers}


def mcp(event, context):
    return {"content": [{"type": "text", "text": "hi", "annotations": None}], "isError": False, "structuredContent": {"a": 1}}
