"""Translates Qdrant's REST bodies into the engine's requests, and the engine's answers back into JSON.

Messages of a Refusal name fields, sizes and ids only; they never quote a payload.
"""

import math
import re
import uuid

import qdrant_edge as engine

MAX_FLOAT32 = 3.4028234663852886e38
MAX_ID = 2**64 - 1
UUID = re.compile(r"^(urn:uuid:)?[0-9a-fA-F]{8}-?([0-9a-fA-F]{4}-?){3}[0-9a-fA-F]{12}$")

DISTANCES = {
    "Cosine": engine.Distance.Cosine,
    "Euclid": engine.Distance.Euclid,
    "Dot": engine.Distance.Dot,
    "Manhattan": engine.Distance.Manhattan,
}
INDEX_TYPES = {
    "keyword": engine.PayloadSchemaType.Keyword,
    "integer": engine.PayloadSchemaType.Integer,
    "float": engine.PayloadSchemaType.Float,
    "bool": engine.PayloadSchemaType.Bool,
    "datetime": engine.PayloadSchemaType.Datetime,
    "uuid": engine.PayloadSchemaType.Uuid,
}


class Refusal(Exception):
    """An answer that is not a success: an HTTP status and a message that may be shown."""

    def __init__(self, status, message):
        super().__init__(message)
        self.status = status
        self.message = message


def malformed(message):
    return Refusal(400, "Format error in JSON body: " + message)


def wrong(message):
    return Refusal(400, "Wrong input: " + message)


# The engine reads a Python bool as the integer 0 or 1, and so matches nothing. Its binding takes numpy's bool for a true
# boolean and knows that type by its name alone.
_Boolean = type(
    "bool_",
    (),
    {
        "__module__": "numpy",
        "__slots__": ("value",),
        "__init__": lambda self, value: setattr(self, "value", value),
        "__bool__": lambda self: self.value,
    },
)


def is_integer(value):
    return isinstance(value, int) and not isinstance(value, bool)


def is_number(value):
    return is_integer(value) or isinstance(value, float)


def mapping(value, field):
    if not isinstance(value, dict):
        raise malformed(f"`{field}` must be an object")
    return value


def sequence(value, field):
    if not isinstance(value, list):
        raise malformed(f"`{field}` must be a list")
    return value


def text(value, field):
    if not isinstance(value, str):
        raise malformed(f"`{field}` must be a string")
    return value


def natural(body, field, default, minimum=0):
    """A whole number of a body; Qdrant answers 400 to a negative one and 422 to one below its minimum."""
    value = body.get(field)
    if value is None:
        return default
    if not is_integer(value) or value < 0 or value > MAX_ID:
        raise malformed(f"`{field}` must be a whole number, expected usize")
    if value < minimum:
        raise Refusal(422, f"Validation error in JSON body: [{field}: value {value} invalid, must be {minimum} or larger]")
    return value


def point_id(value):
    if is_integer(value) and 0 <= value <= MAX_ID:
        return value
    if isinstance(value, str) and UUID.match(value):
        return str(uuid.UUID(value))
    raise malformed("a point ID must be either an unsigned integer or a UUID")


def point_ids(value, field="points"):
    return [point_id(one) for one in sequence(value, field)]


def dense(value, dimension):
    """A finite vector of the collection's dimension. The engine itself takes NaN, and keeps the neighbours of a misfit."""
    if isinstance(value, dict) and list(value) == [""]:
        value = value[""]
    if not isinstance(value, list) or not all(is_number(one) for one in value):
        raise malformed("a vector must be a list of numbers (named, sparse and multi-vectors are not served)")
    if len(value) != dimension:
        raise wrong(f"Vector dimension error: expected dim: {dimension}, got {len(value)}")
    if not all(math.isfinite(one) and abs(one) <= MAX_FLOAT32 for one in value):
        raise wrong("a vector must hold finite 32-bit numbers")
    return [float(one) for one in value]


def payload(value):
    return None if value is None else mapping(value, "payload")


def points(body, dimension):
    """Every point of an upsert, all of them checked before the first is written."""
    if "batch" in body:
        batch = mapping(body["batch"], "batch")
        ids = point_ids(batch.get("ids"), "ids")
        vectors = sequence(batch.get("vectors"), "vectors")
        payloads = batch.get("payloads")
        payloads = [None] * len(ids) if payloads is None else sequence(payloads, "payloads")
        if not len(ids) == len(vectors) == len(payloads):
            raise wrong("`ids`, `vectors` and `payloads` of a batch must have the same length")
        rows = list(zip(ids, vectors, payloads))
    else:
        listed = [mapping(one, "points") for one in sequence(body.get("points"), "points")]
        rows = [(point_id(one.get("id")), one.get("vector"), one.get("payload")) for one in listed]
    if not rows:
        raise Refusal(400, "Bad request: Empty update request")
    return [engine.Point(row[0], dense(row[1], dimension), payload(row[2])) for row in rows]


def conditions(value):
    if value is None:
        return None
    return [condition(one) for one in (value if isinstance(value, list) else [value])]


def filter_of(value):
    """A filter, or None where the body has none."""
    if value is None:
        return None
    body = mapping(value, "filter")
    if not set(body) <= {"must", "should", "must_not", "min_should"}:
        raise malformed("a filter has `must`, `should`, `must_not` and `min_should` only")
    least = body.get("min_should")
    if least is not None:
        least = mapping(least, "min_should")
        listed = conditions(sequence(least.get("conditions"), "conditions"))
        least = engine.MinShould(listed, natural(least, "min_count", 0))
    return engine.Filter(
        must=conditions(body.get("must")),
        should=conditions(body.get("should")),
        must_not=conditions(body.get("must_not")),
        min_should=least,
    )


def condition(value):
    body = mapping(value, "condition")
    if "key" in body:
        return field_condition(body)
    if "has_id" in body:
        return engine.HasIdCondition(set(point_ids(body["has_id"], "has_id")))
    if "is_empty" in body:
        return engine.IsEmptyCondition(text(mapping(body["is_empty"], "is_empty").get("key"), "key"))
    if "is_null" in body:
        return engine.IsNullCondition(text(mapping(body["is_null"], "is_null").get("key"), "key"))
    if "nested" in body:
        nested = mapping(body["nested"], "nested")
        return engine.NestedCondition(text(nested.get("key"), "key"), filter_of(mapping(nested.get("filter"), "filter")))
    if set(body) & {"must", "should", "must_not", "min_should"}:
        return filter_of(body)
    raise malformed("Expected some form of condition, which can be a field condition, or has_id, is_empty, is_null, nested")


def field_condition(body):
    tests = {}
    if body.get("match") is not None:
        tests["match"] = match(mapping(body["match"], "match"))
    if body.get("range") is not None:
        tests["range"] = interval(mapping(body["range"], "range"))
    if body.get("values_count") is not None:
        tests["values_count"] = engine.ValuesCount(**bounds(mapping(body["values_count"], "values_count"), is_integer))
    for flag in ("is_empty", "is_null"):
        if isinstance(body.get(flag), bool):
            tests[flag] = body[flag]
    if len(tests) != 1:
        raise malformed("a field condition has one of match, range, values_count, is_empty, is_null")
    return engine.FieldCondition(text(body["key"], "key"), **tests)


def match(body):
    if "value" in body:
        value = body["value"]
        if isinstance(value, bool):
            return engine.MatchValue(_Boolean(value))
        if isinstance(value, str) or is_integer(value):
            return engine.MatchValue(value)
    elif "any" in body:
        return engine.MatchAny(alike(body["any"], "any"))
    elif "except" in body:
        return engine.MatchExcept(alike(body["except"], "except"))
    elif "text" in body:
        return engine.MatchText(text(body["text"], "text"))
    raise malformed("`match` has a value (string, integer or boolean), any, except or text")


def alike(value, field):
    listed = sequence(value, field)
    if all(isinstance(one, str) for one in listed) or all(is_integer(one) for one in listed):
        return listed
    raise malformed(f"`{field}` must hold strings only or integers only")


def bounds(body, fits):
    found = {side: body[side] for side in ("lt", "gt", "lte", "gte") if body.get(side) is not None}
    if not all(fits(one) for one in found.values()):
        raise malformed("a bound of a range is of the wrong type")
    return found


def interval(body):
    if any(isinstance(one, str) for one in body.values()):
        return engine.RangeDateTime(**bounds(body, lambda one: isinstance(one, str)))
    return engine.RangeFloat(**bounds(body, is_number))


def order_by(value):
    body = {"key": value} if isinstance(value, str) else mapping(value, "order_by")
    direction = body.get("direction") or "asc"
    if direction not in ("asc", "desc"):
        raise malformed("`direction` must be asc or desc")
    chosen = engine.Direction.Desc if direction == "desc" else engine.Direction.Asc
    return engine.OrderBy(text(body.get("key"), "key"), chosen, body.get("start_from"))


def with_payload(value, default):
    if value is None:
        return default
    if isinstance(value, bool):
        return value
    if isinstance(value, list):
        return [text(one, "with_payload") for one in value]
    body = mapping(value, "with_payload")
    if isinstance(body.get("include"), list):
        return [text(one, "include") for one in body["include"]]
    if isinstance(body.get("exclude"), list):
        return engine.PayloadSelector.Exclude([text(one, "exclude") for one in body["exclude"]])
    raise malformed("`with_payload` must be a boolean, a list of keys, include or exclude")


def with_vector(value):
    if value is None or isinstance(value, bool):
        return bool(value)
    raise malformed("`with_vector` must be a boolean (named vectors are not served)")


def search_params(value):
    if value is None:
        return None
    body = mapping(value, "params")
    return engine.SearchParams(hnsw_ef=body.get("hnsw_ef"), exact=body.get("exact") is True)


def point_json(point, scored=False):
    """A record, or a scored point, as Qdrant writes it: what was not asked for is absent."""
    body = {"id": str(point.id) if isinstance(point.id, uuid.UUID) else point.id}
    if scored:
        body["version"] = point.version
        body["score"] = point.score
    for field in ("payload", "vector", "order_value"):
        value = getattr(point, field)
        if value is not None:
            body[field] = value
    return body
