"""The JSON schema of scenario files, by which editors complete keys and mark mistakes."""

from __future__ import annotations

import json
import math
from collections.abc import Mapping
from typing import Any

from pydantic import TypeAdapter
from pydantic.json_schema import GenerateJsonSchema, JsonSchemaValue
from pydantic_core import core_schema

from mutualaid.cli.scenario.scenario_keys import ScenarioKeys

NAME = "mutualaid.schema.json"
"""What the schema is called, beside the scenario files that it is for."""


class _Plain(GenerateJsonSchema):
    """Leaves out what TOML has no word for: null, and infinity as a JSON number."""

    schema_dialect = "http://json-schema.org/draft-07/schema#"

    def nullable_schema(self, schema: core_schema.NullableSchema) -> JsonSchemaValue:
        return self.generate_inner(schema["schema"])

    def default_schema(self, schema: core_schema.WithDefaultSchema) -> JsonSchemaValue:
        made = super().default_schema(schema)
        usual = schema.get("default")
        if usual is None or (isinstance(usual, float) and not math.isfinite(usual)):
            made.pop("default", None)
        return made

    def field_title_should_be_set(self, schema: Any) -> bool:  # noqa: ARG002
        return False


def schema_of(kind: Any) -> Mapping[str, Any]:
    """Give the JSON schema of a part of a scenario file."""
    return TypeAdapter(kind).json_schema(schema_generator=_Plain)


def schema_text() -> str:
    """Write the JSON schema of scenario files."""
    made = {"$schema": _Plain.schema_dialect, **schema_of(ScenarioKeys)}
    return json.dumps(made, indent=2, ensure_ascii=False, allow_nan=False) + "\n"
