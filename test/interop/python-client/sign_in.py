"""Signs in with the official client and calls tools: python sign_in.py <url> <registration> <tool>...

The registration is a client id, the https URL of a client metadata document, or `dynamic`. Prints each authorization URL and reads the
address to which the browser returned; prints the text of each tool."""

import sys
from urllib.parse import parse_qsl, urlsplit

import anyio
import httpx2
from mcp import Client
from mcp.client.auth import OAuthClientProvider
from mcp.client.streamable_http import streamable_http_client
from mcp.shared.auth import AuthorizationCodeResult, OAuthClientInformationFull, OAuthClientMetadata

URL, REGISTRATION, *TOOLS = sys.argv[1:]
METADATA_URL = REGISTRATION if REGISTRATION.startswith("https://") else None
CLIENT_ID = None if METADATA_URL or REGISTRATION == "dynamic" else REGISTRATION
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
            self.client = OAuthClientInformationFull(client_id=CLIENT_ID, **METADATA.model_dump(exclude_none=True))

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
    auth = OAuthClientProvider(URL, METADATA, Storage(), redirect, callback, client_metadata_url=METADATA_URL)
    async with httpx2.AsyncClient(auth=auth, follow_redirects=True, timeout=60) as http:
        async with Client(streamable_http_client(URL, http_client=http)) as client:
            for tool in TOOLS:
                result = await client.call_tool(tool, {"message": "hello"})
                print(result.content[0].text, flush=True)


anyio.run(main)
