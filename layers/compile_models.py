"""Writes the models as pydantic_core takes them: `make models`; `--check` compares.

What Pydantic makes of a model is plain data but for three things: the classes themselves, which
nobody instantiates; notes for JSON Schema; and the functions that choose the arm of a union, whose
place `broker.contract.validators` fills again.
"""

import argparse
import json
import sys
from typing import Any

from pydantic import TypeAdapter

from broker.contract import model_of
from broker.contract.validators import COMPILED, Compiled
from broker.profile_model import ProfileFile

MODELS: dict[Compiled, Any] = {
    "realtime": model_of("realtime"),
    "translation": model_of("translation"),
    "profile": ProfileFile,
}
_NOT_DATA = ("cls", "discriminator", "metadata", "ref")


def compiled(model: Any) -> dict[str, Any]:
    """The schema of *model* as plain data, which json can write and read back."""
    schema: dict[str, Any] = dict(TypeAdapter(model).core_schema)
    # Pydantic's names for what is used twice hold addresses of this process.
    names = {part["ref"]: f"part-{n}" for n, part in enumerate(schema.get("definitions", ()))}
    data: dict[str, Any] = _as_data(schema, names)
    return data


def _as_data(node: Any, names: dict[str, str]) -> Any:
    if isinstance(node, list):
        return [_as_data(child, names) for child in node]
    if not isinstance(node, dict):
        return names.get(node, node) if isinstance(node, str) else node
    # The fields of an object have names of their own, which may be any of these words.
    is_schema = isinstance(node.get("type"), str)
    kept = {
        key: _as_data(child, names)
        for key, child in node.items()
        if not (is_schema and key in _NOT_DATA)
    }
    if is_schema and node.get("ref") in names:
        kept["ref"] = names[node["ref"]]
    if is_schema and "chosen_by" in node.get("metadata", {}):
        kept["metadata"] = {"chosen_by": node["metadata"]["chosen_by"]}
    return kept


def rendered(model: Any) -> str:
    """A model's file."""
    return json.dumps(compiled(model), indent=1, ensure_ascii=False) + "\n"


def main() -> int:
    """Write the files, or with `--check` compare them."""
    arguments = argparse.ArgumentParser(description=__doc__)
    arguments.add_argument("--check", action="store_true", help="compare, write nothing")
    is_check = arguments.parse_args().check
    COMPILED.mkdir(exist_ok=True)
    outdated = []
    for name, model in MODELS.items():
        file, text = COMPILED / f"{name}.json", rendered(model)
        if file.exists() and file.read_text(encoding="utf-8") == text:
            continue
        if is_check:
            outdated.append(file.name)
        else:
            file.write_text(text, encoding="utf-8")
    if outdated:
        sys.stderr.write(f"{', '.join(outdated)}: not what the models say: run `make models`\n")
    return 1 if outdated else 0


if __name__ == "__main__":
    sys.exit(main())
