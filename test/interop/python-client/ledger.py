"""Calls a tool with numbers that JavaScript rounds: python ledger.py <sse|http> <mode> <url>

Prints the arguments as the function received them, and its result, as two lines of JSON."""

import json
import sys

import anyio
from mcp import Client
from mcp.client.sse import sse_client

TRANSPORT, MODE, URL = sys.argv[1:]
ARGUMENTS = {"account": 9007199254740993, "negative": -(2**63), "amount": 0.1, "whole": 1.0, "tiny": 1e-7, "huge": 1e22}


async def main():
    async with Client(sse_client(URL) if TRANSPORT == "sse" else URL, mode=MODE) as client:
        result = await client.call_tool("python_ledger", ARGUMENTS)
        [content] = result.content
        assert json.loads(content.text) == result.structured_content, content.text
        received = result.structured_content.pop("received")
        assert json.loads(received) == ARGUMENTS, received
        print(received)
        print(json.dumps(result.structured_content))
        print((await client.call_tool("python_identifier", {})).content[0].text)


anyio.run(main)
