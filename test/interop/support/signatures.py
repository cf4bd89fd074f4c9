"""Prints the public classes and members of a generated module without bodies and docstrings."""

import ast
import re
import sys


def short(text: str) -> str:
    text = re.sub(r"_\w+_[0-9a-f]{8}\.|\b(typing|builtins)\.", "", text)
    text = re.sub(r"'(\w+)'", r"\1", text)  # forward references
    return re.sub(r"Union\[(\w+), Dict\[str, Any\]\]", r"\1 | dict", text)


def members(node: ast.ClassDef):
    for item in node.body:
        if isinstance(item, ast.Assign):  # enum member
            yield ast.unparse(item)
        if not isinstance(item, ast.FunctionDef):
            continue
        if item.name.startswith("_") and item.name != "__init__":
            continue
        # a getter and its setter are one property
        if any(ast.unparse(decorator).endswith(".setter") for decorator in item.decorator_list):
            continue
        names = {ast.unparse(decorator).split("(")[0] for decorator in item.decorator_list}
        kind = "property " if "builtins.property" in names else "classmethod " if "builtins.classmethod" in names else ""
        returns = f" -> {ast.unparse(item.returns)}" if item.returns else ""
        yield f"{kind}{item.name}({ast.unparse(item.args)}){returns}"


with open(sys.argv[1], encoding="utf-8") as file:
    module = ast.parse(file.read())
for node in sorted((n for n in module.body if isinstance(n, ast.ClassDef)), key=lambda n: n.name):
    if node.name.startswith("_"):
        continue
    bases = ", ".join(ast.unparse(base) for base in node.bases)
    print(short(f"class {node.name}({bases})"))
    for member in sorted(members(node)):
        print(short(f"    {member}"))
