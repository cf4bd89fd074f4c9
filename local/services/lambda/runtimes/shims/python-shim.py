"""Starts AWS's own runtime client for Python (awslambdaric) wherever Python runs: its native extension, which is there on Linux only,
is replaced by http.client, and the process never outlives the runner that started it."""

import http.client
import json
import os
import signal
import sys
import threading
import types


def end():
    """The end of the environment, and of all that the function has started: on POSIX it leads a process group of its own."""
    if hasattr(os, "killpg") and os.getpgrp() == os.getpid():
        os.killpg(os.getpid(), signal.SIGKILL)
    os._exit(1)


def follow(runner):
    while os.read(runner, 4096):
        pass
    end()


# --- The native extension as plain Python: the same four calls. ---

INVOCATIONS = "/2018-06-01/runtime/invocation/"


class RuntimeClient(types.ModuleType):
    """The module runtime_client."""

    def __init__(self, address):
        super().__init__("runtime_client")
        self._connection = http.client.HTTPConnection(address)

    def initialize_client(self, user_agent):
        pass

    def next(self):
        response, body = self._call("GET", INVOCATIONS + "next")
        headers = dict((name.title(), value) for name, value in response.getheaders())
        headers["Lambda-Runtime-Deadline-Ms"] = int(headers["Lambda-Runtime-Deadline-Ms"])
        return body, headers

    def post_invocation_result(self, invoke_id, data, content_type, invocation_id=None):
        self._call("POST", INVOCATIONS + invoke_id + "/response", data, {"content-type": content_type})

    def post_error(self, invoke_id, error, xray_fault, invocation_id=None):
        headers = {"content-type": "application/json", "lambda-runtime-function-error-type": error_type(error)}
        self._call("POST", INVOCATIONS + invoke_id + "/error", error.encode(), headers)

    def _call(self, method, path, body=None, headers={}):
        try:
            self._connection.request(method, path, body, headers)
            response = self._connection.getresponse()
            return response, response.read()
        except (OSError, http.client.HTTPException):
            end()  # without its Runtime API an environment has no reason to live


def error_type(error):
    name = str(json.loads(error).get("errorType") or "Error")
    return name.encode("ascii", "replace").decode()


def main():
    # the end of standard input is the end of the runner, however it came about; the function's own is empty, as on Lambda
    runner = os.dup(0)
    null = os.open(os.devnull, os.O_RDONLY)
    os.dup2(null, 0)
    os.close(null)
    threading.Thread(target=follow, args=(runner,), daemon=True).start()

    sys.modules["runtime_client"] = RuntimeClient(os.environ["AWS_LAMBDA_RUNTIME_API"])
    from awslambdaric.__main__ import main as run

    sys.path[0] = os.environ["LAMBDA_TASK_ROOT"]
    run(sys.argv)


if __name__ == "__main__":
    main()
