"""What every section of the configuration has in common."""

from collections.abc import Iterable, Mapping
from typing import Any, TypeVar

from pydantic import BaseModel, ConfigDict, GetCoreSchemaHandler, ValidationError, ValidatorFunctionWrapHandler
from pydantic_core import CoreSchema, ErrorDetails, InitErrorDetails, PydanticCustomError, core_schema

from ml_exporter.config.explaining import EXPLAINED, explain, meant, missing, unknown_key
from ml_exporter.config.location import Location
from ml_exporter.config.shown import shown

Wrong = tuple[Location, str]
"""Where something is wrong, within the section that tells it, and a message with the value and the remedy."""

AnySection = TypeVar("AnySection", bound="Section")


class Section(BaseModel):
    """A part of monitoring.yml: immutable, and a key that it does not know is an error.

    Validation finds everything that is wrong at once, each told for a person.
    """

    model_config = ConfigDict(extra="forbid", frozen=True, use_attribute_docstrings=True, allow_inf_nan=False)

    @classmethod
    def between(cls, values: Mapping[str, Any]) -> Iterable[Wrong]:  # noqa: ARG003 - for sections that override it
        """Find what is wrong between the values of a section.

        Args:
            values: as they stand in the file, so that an error in one of them hides none in the others: each may
                be missing or wrong itself.
        """
        return ()

    @classmethod
    def keys(cls) -> dict[str, str]:
        """Return the keys that the section has in the file, each with the name of its field."""
        return {field.alias or name: name for name, field in cls.model_fields.items()}

    @classmethod
    def __get_pydantic_core_schema__(cls, source: Any, handler: GetCoreSchemaHandler) -> CoreSchema:
        """Put ``_all_at_once`` around everything, validators of the whole section included."""
        return core_schema.no_info_wrap_validator_function(cls._all_at_once, handler(source))

    @classmethod
    def _all_at_once(cls, values: Any, validate: ValidatorFunctionWrapHandler) -> Any:
        if not isinstance(values, dict):
            return validate(values)
        wrong = [*cls._unknown_keys(values), *cls._booleans_for_numbers(values)]
        keys = cls.keys()
        known = {key: value for key, value in values.items() if key in keys}
        section, found = cls._validated(_without(known, wrong), validate)
        misspelled = cls._misspelled(values)
        wrong += _not_told(found, [*wrong, *misspelled])
        if found:
            # An error in one value keeps validators of the whole section from running: let them see the rest.
            _, further = cls._validated(_without(known, wrong), validate)
            wrong += _not_told(further, [*wrong, *misspelled])
        wrong += cls.between(values)
        if wrong:
            raise refusal(cls.__name__, wrong)
        return section

    @classmethod
    def _unknown_keys(cls, values: Mapping[Any, Any]) -> list[Wrong]:
        keys = cls.keys()
        return [((str(key),), unknown_key(str(key), list(keys))) for key in values if key not in keys]

    @classmethod
    def _misspelled(cls, values: Mapping[Any, Any]) -> list[Wrong]:
        """Return the keys that unknown ones were meant to be: that those are missing need not be said."""
        keys = cls.keys()
        likely = [meant(str(key), list(keys)) for key in values if key not in keys]
        return [((key,), "") for key in likely if key is not None and key not in values]

    @classmethod
    def _booleans_for_numbers(cls, values: Mapping[str, Any]) -> list[Wrong]:
        """Find booleans that would pass as 1 and 0."""
        numbers = [key for key, name in cls.keys().items() if cls.model_fields[name].annotation in (int, float)]
        given = [(key, values[key]) for key in numbers if isinstance(values.get(key), bool)]
        return [((key,), f"{shown(value)} is a boolean; write a number") for key, value in given]

    @classmethod
    def _validated(cls, values: Mapping[str, Any], validate: ValidatorFunctionWrapHandler) -> tuple[Any, list[Wrong]]:
        try:
            return validate(values), []
        except ValidationError as error:
            explained = (cls._explained(detail, values) for detail in error.errors(include_url=False))
            return None, list(dict.fromkeys(explained))

    @classmethod
    def _explained(cls, detail: ErrorDetails, values: Mapping[str, Any]) -> Wrong:
        if detail["type"] == "missing" and len(detail["loc"]) == 1:
            key = str(detail["loc"][0])
            return (key,), missing(cls.model_fields[cls.keys()[key]])
        return explain(detail, values)


def _without(values: Mapping[str, Any], wrong: Iterable[Wrong]) -> dict[str, Any]:
    """Return values without those that something is wrong with: entries of mappings, and other fields as a whole."""
    rest = dict(values)
    for location, _ in wrong:
        field = rest.get(str(location[0])) if location else None
        if isinstance(field, dict) and len(location) > 1:
            rest[str(location[0])] = {key: value for key, value in field.items() if str(key) != location[1]}
        elif location:
            rest.pop(str(location[0]), None)
    return rest


def _not_told(found: Iterable[Wrong], told: Iterable[Wrong]) -> list[Wrong]:
    """Return what is not told already, at the same place or at one around or within it."""
    places = [location for location, _ in told]
    return [
        (location, message)
        for location, message in found
        if not any(location[: len(place)] == place[: len(location)] for place in places)
    ]


def attempt(
    section: type[AnySection], values: Any, context: Any, below: Location = ()
) -> tuple[AnySection | None, list[Wrong]]:
    """Validate a section that its surroundings choose by what they hold.

    Args:
        section: the chosen one.
        values: as they stand in the file.
        context: of the validation that is under way.
        below: where the section stands in its surroundings.

    Returns:
        The section, or what is wrong with it.
    """
    try:
        return section.model_validate(values, context=context), []
    except ValidationError as error:
        explained = (explain(detail) for detail in error.errors(include_url=False))
        return None, [((*below, *location), message) for location, message in explained]


def refusal(title: str, wrong: Iterable[Wrong]) -> ValidationError:
    """Return the error that tells everything that is wrong; a validator that raises it adds its own location."""
    return ValidationError.from_exception_data(
        title,
        [
            InitErrorDetails(
                type=PydanticCustomError(EXPLAINED, "{message}", {"message": message}), loc=location, input=None
            )
            for location, message in wrong
        ],
    )
