import json
import subprocess
import unittest

import anyio
from mcp import Client

COMMAND = ["mcp-lambda", "local", "--port", "0", "--json"]


class OrdersTest(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.runner = subprocess.Popen(COMMAND, stdout=subprocess.PIPE, text=True)
        cls.url = json.loads(cls.runner.stdout.readline())["mcp"]

    @classmethod
    def tearDownClass(cls):
        cls.runner.terminate()
        cls.runner.communicate()

    def call(self, name, **arguments):
        async def call():
            async with Client(self.url) as client:
                return await client.call_tool(name, arguments)

        return anyio.run(call)

    def test_finds_an_order(self):
        result = self.call("lookup_order", orderId="A-1001")
        self.assertEqual(result.structured_content, {"orderId": "A-1001", "status": "shipped"})

    def test_explains_an_unknown_order(self):
        result = self.call("lookup_order", orderId="A-9999")
        self.assertIn("no order A-9999; try A-1001 or A-1002", result.content[0].text)

    def test_refuses_arguments_that_the_schema_does_not_allow(self):
        result = self.call("lookup_order", orderId="lamp")
        self.assertIn("invalid arguments:\n/orderId: ", result.content[0].text)
