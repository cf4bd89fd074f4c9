"""Drives the example's server with the official client: python client.py <sse|http> <mode> <url> <registration url> <function ARN>

Prints its results as one line of JSON. Before that, it prints `pause` once and waits for a line on standard input."""

import json
import sys
import urllib.request
import uuid
from contextlib import asynccontextmanager

import anyio
from mcp import Client, MCPError
from mcp.client.sse import sse_client
from mcp.types import ElicitResult, PromptReference

TRANSPORT, MODE, URL, REGISTER_URL, FUNCTION_ARN = sys.argv[1:]


def texts(result):
    return [content.text for content in result.content]


@asynccontextmanager
async def connected(**options):
    async with Client(sse_client(URL) if TRANSPORT == "sse" else URL, mode=MODE, **options) as client:
        yield client


async def error_of(awaitable):
    try:
        return {"result": type(await awaitable).__name__}
    except MCPError as error:
        return {"code": error.code, "message": error.message}


def register(method, path="", body=None):
    request = urllib.request.Request(
        REGISTER_URL + path, json.dumps(body).encode() if body else None, {"content-type": "application/json"}, method=method
    )
    urllib.request.urlopen(request).read()


async def list_change(changed):
    """Registers a tool and waits until the client is notified."""
    name = "added_" + uuid.uuid4().hex[:8]
    tool = {"type": "tool", "name": name, "lambdaArn": FUNCTION_ARN, "description": "Added later"}
    await anyio.to_thread.run_sync(lambda: register("POST", body=tool))
    with anyio.fail_after(60):
        await changed.wait()
    await anyio.to_thread.run_sync(lambda: register("DELETE", "/tool-" + name))


async def main():
    results = {}
    questions = []
    changed = anyio.Event()

    async def answer(context, params):
        questions.append({"message": params.message, "schema": params.requested_schema})
        return ElicitResult(action="accept", content={"slot": "evening"})

    async def on_message(message):
        if type(message).__name__ == "ToolListChangedNotification":
            changed.set()

    async with connected(elicitation_callback=answer, message_handler=on_message) as client:
        results["protocol"] = client.protocol_version
        results["server"] = client.server_info and client.server_info.name
        results["instructions"] = client.instructions
        results["tools"] = [tool.name for tool in (await client.list_tools()).tools]
        results["echo"] = texts(await client.call_tool("echo", {"message": "grüß dich 👋"}))
        results["stats"] = (await client.call_tool("text_stats", {"text": "two words"})).structured_content
        missing = await client.call_tool("lookup_order", {"orderId": "A-9999"})
        results["missing"] = {"isError": missing.is_error, "texts": texts(missing)}
        invalid = await client.call_tool("lookup_order", {})
        results["invalid"] = {"isError": invalid.is_error, "texts": texts(invalid)}
        results["unknown"] = await error_of(client.call_tool("no_such_tool", {}))
        results["resources"] = [str(resource.uri) for resource in (await client.list_resources()).resources]
        results["policy"] = [content.text for content in (await client.read_resource("orders://policies/returns")).contents]
        results["templates"] = [t.uri_template for t in (await client.list_resource_templates()).resource_templates]
        results["invoice"] = [content.text for content in (await client.read_resource("orders://A-1001/invoice")).contents]
        results["no_invoice"] = await error_of(client.read_resource("orders://B-1/invoice"))
        results["prompts"] = [prompt.name for prompt in (await client.list_prompts()).prompts]
        prompt = await client.get_prompt("write_reply", {"orderId": "A-1001", "tone": "brief"})
        results["prompt"] = [message.content.text for message in prompt.messages]
        reference = PromptReference(type="ref/prompt", name="write_reply")
        results["completion"] = (await client.complete(reference, {"name": "tone", "value": "f"})).completion.values
        if MODE == "legacy":
            await client.send_ping()
        results["booked"] = texts(await client.call_tool("book_delivery", {"orderId": "A-1001"}))
        results["questions"] = questions
        if TRANSPORT == "sse":
            await list_change(changed)
            results["notified"] = changed.is_set()

    # the error when the session ends, and the session after it
    try:
        async with connected(read_timeout_seconds=30) as client:
            await client.call_tool("echo", {"message": "before"})
            print("pause", flush=True)
            await anyio.to_thread.run_sync(sys.stdin.readline)
            results["afterEnd"] = texts(await client.call_tool("echo", {"message": "after"}))
    except Exception as error:
        while isinstance(error, BaseExceptionGroup):
            error = error.exceptions[0]
        results["afterEnd"] = {"type": type(error).__name__, "message": str(error)}
    async with connected() as client:
        results["reconnected"] = texts(await client.call_tool("echo", {"message": "reconnected"}))
    print(json.dumps(results, default=str))


anyio.run(main)
