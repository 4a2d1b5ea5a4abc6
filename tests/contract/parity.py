"""What OpenAI's request types name and our models lack.

`python -m tests.contract.parity` asks the newest release of `openai`, in an environment made
for it and thrown away.
"""

import json
import subprocess
import sys
import tempfile
import venv
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from pydantic import TypeAdapter

from broker.contract import Kind, model_of

Node = dict[str, Any]
Schema = dict[str, Any]

OPENAI_TYPES = Path(__file__).with_name("openai_types.py")


def our_schema(kind: Kind) -> Schema:
    """The JSON Schema of one call's model."""
    schema: Schema = TypeAdapter(model_of(kind)).json_schema()
    return schema


def lacking(theirs: Node, ours: Schema, path: str = "") -> list[str]:
    """One line for each thing that *theirs* names and the JSON Schema *ours* does not take."""
    return list(_lacking(theirs, _alternatives(ours, ours), ours, path or "body"))


def _lacking(theirs: Node, ours: list[Schema], root: Schema, path: str) -> Iterator[str]:
    kind = theirs["kind"]
    if kind == "union":
        for arm in theirs["arms"]:
            yield from _lacking(arm, ours, root, path)
    elif kind == "object":
        yield from _lacking_in_object(theirs, ours, root, path)
    elif kind == "literal":
        taken = {value for one in ours for value in _values(one)}
        for value in theirs["values"]:
            if value not in taken and not any(_takes_any_of(one, value) for one in ours):
                yield f"{path}: value {value!r}"
    elif kind in ("array", "map"):
        yield from _lacking_in_container(theirs, ours, root, path)
    elif kind != "any" and not any(_is_open(one) and one.get("type") == kind for one in ours):
        yield f"{path}: {kind}"


def _lacking_in_object(theirs: Node, ours: list[Schema], root: Schema, path: str) -> Iterator[str]:
    objects = [one for one in ours if "properties" in one]
    names = theirs["fields"].get("type", {}).get("of", {}).get("values", ())
    if len(names) == 1:
        objects = [one for one in objects if names[0] in _values(one["properties"].get("type", {}))]
    if not objects:
        yield f"{path}: variant {theirs['name']}"
        return
    for name, field in theirs["fields"].items():
        found = [one["properties"][name] for one in objects if name in one["properties"]]
        if not found:
            yield f"{path}.{name}: field"
            continue
        schemas = [schema for one in found for schema in _alternatives(one, root)]
        yield from _lacking(field["of"], schemas, root, f"{path}.{name}")


def _lacking_in_container(
    theirs: Node, ours: list[Schema], root: Schema, path: str
) -> Iterator[str]:
    array = theirs["kind"] == "array"
    held = [one.get("items" if array else "additionalProperties") for one in ours]
    schemas = [schema for one in held if one for schema in _alternatives(one, root)]
    if not schemas:
        yield f"{path}: {theirs['kind']}"
        return
    yield from _lacking(theirs["of"], schemas, root, f"{path}{'[]' if array else '.*'}")


def _alternatives(schema: Schema, root: Schema) -> list[Schema]:
    """*schema* without references and unions."""
    if "$ref" in schema:
        return _alternatives(root["$defs"][schema["$ref"].rsplit("/", 1)[1]], root)
    for union in ("anyOf", "oneOf"):
        if union in schema:
            return [one for arm in schema[union] for one in _alternatives(arm, root)]
    return [schema]


def _values(schema: Schema) -> list[Any]:
    return [schema["const"]] if "const" in schema else list(schema.get("enum", ()))


def _is_open(schema: Schema) -> bool:
    return not _values(schema)


def _takes_any_of(schema: Schema, value: Any) -> bool:
    """Whether an open type takes *value*: any string, or a number in its range."""
    if not _is_open(schema):
        return False
    if isinstance(value, str):
        return schema.get("type") == "string"
    in_range = schema.get("minimum", value) <= value <= schema.get("maximum", value)
    return schema.get("type") in ("integer", "number") and in_range


def newest_trees() -> tuple[str, dict[str, Node]]:
    """The version and the trees of the newest `openai`, from the package index that pip uses."""
    with tempfile.TemporaryDirectory() as folder:
        venv.create(folder, with_pip=True)
        python = Path(folder, "bin", "python")
        quietly = ("--quiet", "--disable-pip-version-check")
        subprocess.run([python, "-m", "pip", "install", *quietly, "openai"], check=True)
        version = "import importlib.metadata as m; print(m.version('openai'))"
        return _output(python, "-c", version).strip(), json.loads(_output(python, OPENAI_TYPES))


def _output(*command: str | Path) -> str:
    return subprocess.run(command, check=True, stdout=subprocess.PIPE, text=True).stdout


def main() -> int:
    """Print what the newest release names and our models lack."""
    version, trees = newest_trees()
    kinds: tuple[Kind, ...] = ("realtime", "translation")
    lines = [f"{kind} {line}" for kind in kinds for line in lacking(trees[kind], our_schema(kind))]
    sys.stdout.write(f"openai {version}: {len(lines)} things our models lack\n")
    sys.stdout.writelines(f"  {line}\n" for line in lines)
    return 1 if lines else 0


if __name__ == "__main__":
    sys.exit(main())
