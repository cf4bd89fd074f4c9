"""Starts AWS's runtime client for Python (awslambdaric) on any platform: replaces its native extension, which supports only Linux, with
http.client, and exits when the runner exits."""

import errno
import http.client
import json
import os
import signal
import sys
import threading
import types


def end():
    """Exits with all child processes: on POSIX, the environment is the leader of its own process group."""
    if hasattr(os, "killpg") and os.getpgrp() == os.getpid():
        os.killpg(os.getpid(), signal.SIGKILL)
    os._exit(1)


def follow(runner):
    while os.read(runner, 4096):
        pass
    end()


# --- The native extension in plain Python, with the same four methods. ---

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
            end()  # the Runtime API is gone, so the runner has stopped


# --- Responses of custom resource providers. Their URLs have no TLS here, but some libraries always use HTTPS. ---


def connect(connection):
    if "%s:%s" % (connection.host, connection.port) == ENDPOINT:
        return http.client.HTTPConnection.connect(connection)
    return connect_with_tls(connection)


ENDPOINT = os.environ.get("AWS_ENDPOINT_URL", "").rpartition("/")[2]
connect_with_tls = http.client.HTTPSConnection.connect
http.client.HTTPSConnection.connect = connect


# --- Functions that run from a source directory of the app. On Lambda, the code is read-only. ---

WRITE_FLAGS = os.O_WRONLY | os.O_RDWR | os.O_CREAT
WRITES = {
    "os.chmod": 1,
    "os.link": 2,
    "os.mkdir": 1,
    "os.remove": 1,
    "os.rename": 2,
    "os.rmdir": 1,
    "os.symlink": 2,
    "os.truncate": 1,
    "os.utime": 1,
}


def protect(directory):
    root = os.path.realpath(directory) + os.sep

    def refuse_writes(event, args):
        paths = args[:1] if event == "open" and (args[2] or 0) & WRITE_FLAGS else args[: WRITES.get(event, 0)]
        for path in paths:
            if isinstance(path, (str, bytes, os.PathLike)) and os.path.abspath(os.fsdecode(path)).startswith(root):
                raise OSError(errno.EROFS, os.strerror(errno.EROFS), os.fsdecode(path))

    sys.addaudithook(refuse_writes)


def error_type(error):
    name = str(json.loads(error).get("errorType") or "Error")
    return name.encode("ascii", "replace").decode()


def main():
    # standard input closes when the runner exits for any reason; the function gets an empty standard input, as on Lambda
    runner = os.dup(0)
    null = os.open(os.devnull, os.O_RDONLY)
    os.dup2(null, 0)
    os.close(null)
    threading.Thread(target=follow, args=(runner,), daemon=True).start()

    sys.modules["runtime_client"] = RuntimeClient(os.environ["AWS_LAMBDA_RUNTIME_API"])
    from awslambdaric.__main__ import main as run

    sys.path[0] = os.environ["LAMBDA_TASK_ROOT"]
    if os.environ.pop("_RUNTIME_SOURCE_DIRECTORY", None):
        protect(sys.path[0])
    run(sys.argv)


if __name__ == "__main__":
    main()
