"""A tool that asks the user before it acts.

It is registered with `McpEvent.request()`, so its event is the whole request. It returns `input_required` to ask,
and is invoked again with the user's response.
"""

SLOT = {"type": "string", "title": "Time of day", "enum": ["morning", "afternoon", "evening"]}


def handler(event: dict, context) -> dict | str:
    params = event["params"]
    answer = params.get("inputResponses", {}).get("slot")
    if answer is None:
        return ask(params["arguments"]["orderId"])
    if answer["action"] != "accept":
        return f"Nothing booked: the user chose to {answer['action']}."
    return f"Delivery of {params['requestState']} is booked for the {answer['content']['slot']}."


def ask(order_id: str) -> dict:
    return {
        "resultType": "input_required",
        "inputRequests": {
            "slot": {
                "method": "elicitation/create",
                "params": {
                    "mode": "form",
                    "message": f"When should order {order_id} arrive?",
                    "requestedSchema": {
                        "type": "object",
                        "properties": {"slot": SLOT},
                        "required": ["slot"],
                    },
                },
            }
        },
        "requestState": order_id,
    }
