"""Handlers that were written for other services, with Powertools for AWS Lambda and with FastAPI behind Mangum."""

import json
from typing import Annotated
from urllib.parse import unquote

from aws_lambda_powertools.event_handler import (
    APIGatewayHttpResolver,
    APIGatewayRestResolver,
    AppSyncResolver,
    BedrockAgentFunctionResolver,
)
from aws_lambda_powertools.event_handler.exceptions import NotFoundError
from aws_lambda_powertools.utilities.batch import BatchProcessor, EventType, process_partial_response
from fastapi import FastAPI, Header, HTTPException, Query, Request
from mangum import Mangum

rest = APIGatewayRestResolver()
http = APIGatewayHttpResolver()


def order(app, encoded_id: str):
    order_id = unquote(encoded_id)  # as behind a REST API: the router takes it from the path
    if order_id == "none":
        raise NotFoundError("no order none")
    event = app.current_event
    return {
        "orderId": order_id,
        "q": event.resolved_query_string_parameters.get("q", []),
        "tenant": event.headers.get("x-tenant"),
    }


@rest.get("/orders/<order_id>")
def rest_order(order_id: str):
    return order(rest, order_id)


@rest.post("/orders")
def rest_create():
    return {"created": rest.current_event.json_body}


@http.get("/orders/<order_id>")
def http_order(order_id: str):
    return order(http, order_id)


@http.post("/orders")
def http_create():
    return {"created": http.current_event.json_body}


def powertools_apigateway(event, context):
    return rest.resolve(event, context)


def powertools_httpapi(event, context):
    return http.resolve(event, context)


web = FastAPI()


@web.get("/orders/{order_id}")
def web_order(
    order_id: str,
    request: Request,
    q: Annotated[list[str], Query()] = [],  # noqa: B006
    x_tenant: Annotated[str | None, Header()] = None,
):
    if order_id == "none":
        raise HTTPException(404, "no order none")
    return {"orderId": order_id, "q": q, "tenant": x_tenant, "host": request.url.hostname}


@web.post("/orders", status_code=201)
async def web_create(request: Request):
    return {"created": await request.json()}


mangum = Mangum(web, lifespan="off")

graphql = AppSyncResolver()


@graphql.resolver(type_name="Query", field_name="order")
def graphql_order(orderId: str):  # noqa: N803
    return {"orderId": orderId}


@graphql.resolver(type_name="Mutation", field_name="cancel")
def graphql_cancel():
    raise RuntimeError("already shipped")


def app_sync(event, context):
    return graphql.resolve(event, context)


agent = BedrockAgentFunctionResolver()


@agent.tool(name="get_order", description="An order")
def agent_order(orderId: str, quantity: int):  # noqa: N803
    return {"orderId": orderId, "quantity": quantity}


def bedrock_agent(event, context):
    return agent.resolve(event, context)


processor = BatchProcessor(event_type=EventType.SQS, raise_on_entire_batch_failure=False)


def process(record):
    if json.loads(record.body)["orderId"] == "none":
        raise LookupError("no order none")


def sqs(event, context):
    return process_partial_response(event=event, record_handler=process, processor=processor, context=context)
