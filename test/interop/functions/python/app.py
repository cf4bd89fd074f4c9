import json
import logging
import os
import subprocess
import sys
import time

logging.getLogger().setLevel("INFO")
CALLS = 0


def echo(event, context):
    """Returns the event, the context and the environment."""
    global CALLS
    CALLS += 1
    return {
        "event": event,
        "custom": context.client_context.custom if context.client_context else None,
        "requestId": context.aws_request_id,
        "arn": context.invoked_function_arn,
        "remaining": context.get_remaining_time_in_millis(),
        "pid": os.getpid(),
        "calls": CALLS,
        "cwd": os.getcwd(),
        "path": sys.path[0],
        "environment": dict(os.environ),
        "stdin": sys.stdin.read(),
    }


def ledger(event, context):
    """Returns numbers that JavaScript rounds, and its event as the text that Python makes of it."""
    return {"received": json.dumps(event), "id": 725653563933458432, "balance": 1.0, "rates": [1e-7, 1e22], "max": 2**64 - 1}


def identifier(event, context):
    return 725653563933458432


def size(event, context):
    return {"text": event["text"][::-1]}


def slow(event, context):
    time.sleep(event["seconds"])
    return os.getpid()


def fail(event, context):
    raise LookupError("keine Lampe übrig 🪔")


def leave(event, context):
    os._exit(3)


def unserialisable(event, context):
    return {object()}


def log(event, context):
    print("printed: grüß dich 👋")
    print("two\nlines", file=sys.stderr)
    logging.info("logged\nin two lines")
    logging.warning("beware")
    try:
        raise KeyError("inner")
    except KeyError:
        logging.exception("it went wrong")
    return json.dumps(None)


def parent(event, context):
    child = subprocess.Popen([sys.executable, "-c", "import time; time.sleep(600)"])
    return [os.getpid(), child.pid]


def hang(event, context):
    while True:
        pass


def read_table(event, context):
    import boto3
    from botocore.exceptions import ClientError

    try:
        table = boto3.client("dynamodb")
        return getattr(table, event["operation"])(TableName=os.environ["TABLE"], **event.get("arguments", {}))
    except ClientError as error:
        return {"code": error.response["Error"]["Code"], "message": error.response["Error"]["Message"]}
