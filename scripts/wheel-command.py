"""Replaces the command that jsii-pacmak adds to the Python packages.

The command of jsii-pacmak runs two Node.js processes, starts slowly, prints a traceback on Ctrl-C and leaves temporary files behind.
This one unpacks the npm package and runs its command.
"""

import base64
import hashlib
import io
import pathlib
import sys
import tarfile
import zipfile

COMMAND = '''#!python
"""Runs the command of the bundled npm package with the installed Node.js."""

import importlib.util
import pathlib
import signal
import subprocess
import sys
import tarfile
import tempfile


def main() -> int:
    module = importlib.util.find_spec("cdk_mcp_lambda")
    package = next(pathlib.Path(module.origin).parent.glob("_jsii/*.tgz"))
    with tempfile.TemporaryDirectory(prefix="mcp-lambda-") as directory:
        with tarfile.open(package) as archive:
            # Python versions with extraction filters warn without an explicit one
            archive.extractall(directory, **({"filter": "data"} if hasattr(tarfile, "data_filter") else {}))
        return run(pathlib.Path(directory, "package", "bin", "mcp-lambda"))


def run(command: pathlib.Path) -> int:
    signals = [signal.SIGINT, signal.SIGTERM] + ([signal.SIGHUP] if hasattr(signal, "SIGHUP") else [])
    for number in signals:
        signal.signal(number, lambda *_: None)
    try:
        child = subprocess.Popen(["node", str(command), *sys.argv[1:]])
    except FileNotFoundError:
        print("mcp-lambda requires Node.js >= 22, but node is not on the PATH", file=sys.stderr)
        return 127
    # The terminal sends SIGINT to the child too. Forward the other signals, which only this process receives.
    for number in signals:
        if number != signal.SIGINT:
            signal.signal(number, lambda received, _: child.send_signal(received))
    status = child.wait()
    return 128 - status if status < 0 else status


sys.exit(main())
'''


def is_command(name: str) -> bool:
    return name.endswith(("/_jsii/bin/mcp-lambda", ".data/scripts/mcp-lambda"))


def replace_in_wheel(path: pathlib.Path) -> int:
    data = COMMAND.encode()
    digest = base64.urlsafe_b64encode(hashlib.sha256(data).digest()).rstrip(b"=").decode()
    found = 0
    new = path.with_suffix(".new")
    with zipfile.ZipFile(path) as old, zipfile.ZipFile(new, "w", zipfile.ZIP_DEFLATED) as wheel:
        for item in old.infolist():
            content = old.read(item)
            if is_command(item.filename):
                content = data
                found += 1
            elif item.filename.endswith(".dist-info/RECORD"):
                lines = [
                    f"{line.split(',')[0]},sha256={digest},{len(data)}" if is_command(line.split(",")[0]) else line
                    for line in content.decode().splitlines()
                ]
                content = ("\n".join(lines) + "\n").encode()
            wheel.writestr(item, content)
    new.replace(path)
    return found


def replace_in_sdist(path: pathlib.Path) -> int:
    found = 0
    new = path.with_suffix(".new")
    with tarfile.open(path) as old, tarfile.open(new, "w:gz") as source:
        for item in old:
            content = old.extractfile(item)
            if is_command(item.name):
                content = io.BytesIO(COMMAND.encode())
                item.size = len(COMMAND.encode())
                found += 1
            source.addfile(item, content)
    new.replace(path)
    return found


for pattern, replace in [("*.whl", replace_in_wheel), ("*.tar.gz", replace_in_sdist)]:
    paths = list(pathlib.Path("dist/python").glob(pattern))
    if not paths:
        sys.exit(f"dist/python/{pattern} matches no file: run `npx projen package:python`")
    for path in paths:
        if replace(path) != 1:
            sys.exit(f"{path}: expected exactly one mcp-lambda command")
