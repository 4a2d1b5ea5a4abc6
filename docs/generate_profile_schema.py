"""Writes the JSON Schema of profile files from the model that reads them; `--check` compares.

What goes into a profile's session is OpenAI's, so it is taken from the contract's models: with
nothing required, as a profile may say any part of it, and with references for MCP credentials.
"""

import argparse
import json
import sys
from pathlib import Path
from typing import Any

from pydantic import TypeAdapter

from broker.contract import model_of
from broker.profile_files import FOLDER, SCHEMA
from broker.profile_model import ProfileFile

FILE: Path = FOLDER / SCHEMA
_DIALECT = "https://json-schema.org/draft/2020-12/schema"
_REF = "#/$defs/{model}"
_CREDENTIALS = {
    "authorization": {"$ref": _REF.format(model="SecretReference")},
    "headers": {
        "type": "object",
        "additionalProperties": {"$ref": _REF.format(model="SecretReference")},
    },
}


def schema() -> dict[str, Any]:
    """The JSON Schema of one profile file."""
    profile = TypeAdapter(ProfileFile).json_schema()
    parts = profile["$defs"]
    for name in ("ProfileTool", "ProfileSession"):
        del parts[name]
    contract: dict[str, Any] = {}
    for kind in ("realtime", "translation"):
        contract |= TypeAdapter(model_of(kind)).json_schema(ref_template=_REF)["$defs"]
    parts |= contract
    parts["McpTool"]["properties"] |= _CREDENTIALS
    sessions = ("RealtimeSession", "TranscriptionSession", "TranslationSession")
    for name in (*sessions, "ExpiresAfter"):
        parts[name].pop("required", None)
    parts["TranslationSession"]["properties"]["type"] = {"const": "translation"}
    parts["ProfileBody"]["properties"] = {
        "expires_after": {"$ref": _REF.format(model="ExpiresAfter")},
        "session": {"anyOf": [{"$ref": _REF.format(model=name)} for name in sessions]},
    }
    return {"$schema": _DIALECT, **_tidy(profile)}


def _tidy(node: Any) -> Any:
    """*node* without the titles that Pydantic makes of field names."""
    if isinstance(node, dict):
        made_up = isinstance(node.get("title"), str)
        return {key: _tidy(child) for key, child in node.items() if key != "title" or not made_up}
    if isinstance(node, list):
        return [_tidy(child) for child in node]
    return node


def rendered() -> str:
    """The file's text."""
    return json.dumps(schema(), indent=2, ensure_ascii=False) + "\n"


def main() -> int:
    """Write the file, or with `--check` compare it."""
    arguments = argparse.ArgumentParser(description=__doc__)
    arguments.add_argument("--check", action="store_true", help="compare, write nothing")
    text = rendered()
    if not arguments.parse_args().check:
        FILE.write_text(text, encoding="utf-8")
        return 0
    if FILE.exists() and FILE.read_text(encoding="utf-8") == text:
        return 0
    sys.stderr.write(
        "profile.schema.json is not what the model says: run docs/generate_profile_schema.py\n"
    )
    return 1


if __name__ == "__main__":
    sys.exit(main())
