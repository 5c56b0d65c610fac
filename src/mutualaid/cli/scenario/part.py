"""What every table of a scenario file shares: strict keys, and the values that TOML can write."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable
from typing import Annotated, Any, ClassVar

from pydantic import (
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Field,
    GetCoreSchemaHandler,
    GetJsonSchemaHandler,
    ValidationInfo,
)
from pydantic_core import CoreSchema, PydanticCustomError, core_schema

from mutualaid.cli.scenario.named_files import Files

FILE = "file"
"""The kind of error of a path that leads to no file."""
WRITE = "x-write"
"""The key of a schema that says in a message what to write: one such value, and several."""


class Part(BaseModel):
    """A table of a scenario file; its keys are named like the parameters of what it makes."""

    model_config = ConfigDict(extra="forbid", strict=True, frozen=True)

    makes: ClassVar[Callable[..., Any] | None] = None
    """What takes the values; none where more than one thing does."""
    chosen_by: ClassVar[str] = ""
    """The key, if any, that only says which of several tables it is."""

    def given(self, of: type[Part] | None = None) -> dict[str, Any]:
        """Give the values that are written, of all keys or of those that another part has."""
        names = (of or type(self)).model_fields
        written = self.model_fields_set - {self.chosen_by}
        return {name: getattr(self, name) for name in names if name in written}


def by(function: Callable[..., Any] | None) -> Any:
    """Say what a part makes, as it is called: never as a method."""
    return None if function is None else staticmethod(function)


def key(meaning: str, usual: Any = ..., *, like: Any = None) -> Any:
    """Make a key: what it means, what holds unless it is written, and what may be written."""
    return Field(usual, description=meaning, examples=None if like is None else [like])


class File(str):
    """The path of a file, from the folder of the scenario file."""

    __slots__ = ()

    @classmethod
    def __get_pydantic_core_schema__(cls, _: Any, handler: GetCoreSchemaHandler) -> CoreSchema:
        text = core_schema.str_schema(strict=True, pattern=r"^[^\x00]*[^\x00\s][^\x00]*$")
        return core_schema.with_info_after_validator_function(cls._there, text)

    @classmethod
    def _there(cls, name: str, info: ValidationInfo) -> File:
        """Look for the file, where the files of the scenario are known."""
        if isinstance(info.context, Files) and (amiss := info.context.amiss(name)) is not None:
            raise PydanticCustomError(FILE, "{problem}", {"problem": amiss[0], "remedy": amiss[1]})
        return cls(name)

    @classmethod
    def __get_pydantic_json_schema__(
        cls, schema: CoreSchema, handler: GetJsonSchemaHandler
    ) -> dict[str, Any]:
        words = ["the path of a file, in quotes", "paths of files, in quotes"]
        return {"type": "string", "minLength": 1, WRITE: words}


def _whole(value: object) -> object:
    """Take 13.0 for 13."""
    return int(value) if isinstance(value, float) and value.is_integer() else value


def _listed(value: object) -> object:
    """Take one for a list of one."""
    return [value] if isinstance(value, str) else value


def _number(name: object) -> object:
    """Take a key for the number that it names: TOML has no other keys than texts."""
    return int(name) if isinstance(name, str) and name.isdecimal() else name


def written(one: str, many: str) -> Any:
    """Say in messages what to write for a kind of value."""
    return Field(json_schema_extra={WRITE: [one, many]})


AS_WHOLE = BeforeValidator(_whole)
Count = Annotated[int, Field(ge=0, le=1_000_000_000), AS_WHOLE]
Periods = Annotated[int, Field(ge=1, le=520), AS_WHOLE]
Weeks = Annotated[int, Field(ge=0, le=5_200), AS_WHOLE]
Week = Annotated[int, Field(ge=0), BeforeValidator(_number)]
"""A week that is the key of a table."""
# Editors take inf for JSON's null.
OR_INF = {"type": ["number", "null"], WRITE: ["a number from 0, or inf", "numbers from 0, or inf"]}
Unlimited = Annotated[float, Field(ge=0, json_schema_extra=OR_INF)]
Amount = Annotated[float, Field(ge=0, allow_inf_nan=False)]
HarmWeeks = Annotated[float, Field(ge=0, le=1e6)]
Share = Annotated[float, Field(ge=0, le=1)]
Text = Annotated[str, Field(min_length=1)]
Code = Annotated[str, written("a code, in quotes", "codes, in quotes")]
AS_LIST = BeforeValidator(_listed, json_schema_input_type=Code | list[Code])
Codes = Annotated[list[Code], AS_LIST]
Day = Annotated[dt.date, written("a date, such as 2026-01-31", "dates")]
