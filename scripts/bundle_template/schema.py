"""The JSON schema of a template, for editors: made from the models that read it."""

from __future__ import annotations

from typing import Any

from pydantic.json_schema import GenerateJsonSchema, JsonSchemaValue
from pydantic_core import core_schema

from bundle_template.model import TemplatePart


def json_schema() -> dict[str, Any]:
    """JSON Schema, draft 2020-12. What blocks say about each other is not in it: only reading checks that."""
    return {"$schema": _Schema.schema_dialect, **TemplatePart.model_json_schema(schema_generator=_Schema)}


class _Schema(GenerateJsonSchema):
    """A member that may be left out is not one that may be null."""

    def nullable_schema(self, schema: core_schema.NullableSchema) -> JsonSchemaValue:
        return self.generate_inner(schema["schema"])

    def default_schema(self, schema: core_schema.WithDefaultSchema) -> JsonSchemaValue:
        if schema.get("default") is None:
            return self.generate_inner(schema["schema"])
        return super().default_schema(schema)

    def field_title_should_be_set(self, schema: Any) -> bool:
        return False
