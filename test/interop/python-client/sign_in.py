"""Signs in with the official client and calls a tool: python sign_in.py <url> <client id, or nothing to register>

Prints the authorization URL and reads the address to which the browser returned; then prints the tool's text."""

import sys
from urllib.parse import parse_qsl, urlsplit

import anyio
import httpx2
from mcp import Client
from mcp.client.auth import OAuthClientProvider
from mcp.client.streamable_http import streamable_http_client
from mcp.shared.auth import AuthorizationCodeResult, OAuthClientInformationFull, OAuthClientMetadata

URL, *CLIENT_ID = sys.argv[1:]
CALLBACK = "http://127.0.0.1:33418/callback"
METADATA = OAuthClientMetadata(
    client_name="interop client",
    redirect_uris=[CALLBACK],
    grant_types=["authorization_code", "refresh_token"],
    response_types=["code"],
    token_endpoint_auth_method="none",
)


class Storage:
    def __init__(self):
        self.tokens = None
        self.client = None
        if CLIENT_ID:
            self.client = OAuthClientInformationFull(client_id=CLIENT_ID[0], **METADATA.model_dump(exclude_none=True))

    async def get_tokens(self):
        return self.tokens

    async def set_tokens(self, tokens):
        self.tokens = tokens

    async def get_client_info(self):
        return self.client

    async def set_client_info(self, client):
        self.client = client


async def redirect(url):
    print(url, flush=True)


async def callback():
    returned = await anyio.to_thread.run_sync(sys.stdin.readline)
    parameters = dict(parse_qsl(urlsplit(returned.strip()).query))
    return AuthorizationCodeResult(code=parameters["code"], state=parameters["state"], iss=parameters["iss"])


async def main():
    auth = OAuthClientProvider(URL, METADATA, Storage(), redirect, callback)
    async with httpx2.AsyncClient(auth=auth, follow_redirects=True, timeout=60) as http:
        async with Client(streamable_http_client(URL, http_client=http)) as client:
            result = await client.call_tool("echo", {"message": "hello"})
            print(result.content[0].text, flush=True)


anyio.run(main)
