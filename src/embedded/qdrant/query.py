"""Plans a REST query against one collection: points named by id, recommendation, prefetch and fusion."""

import qdrant_edge as engine

from translate import (
    Refusal,
    dense,
    filter_of,
    is_number,
    malformed,
    mapping,
    natural,
    order_by,
    point_id,
    search_params,
    sequence,
    with_payload,
    with_vector,
)


def query_request(body, dimension, vectors_of):
    """The engine's request for one REST query. `vectors_of(ids)` gives stored vectors in the order asked for."""
    scoring, used = scoring_query(body.get("query"), dimension, vectors_of)
    check_target(body)
    planned = prefetches(body.get("prefetch"), dimension, vectors_of)
    limit, offset = window(body)
    if is_fusion(body):
        limit, offset = max(limit + offset, sum(one.limit for one in planned)), 0
    return engine.QueryRequest(
        limit=limit,
        offset=offset,
        query=scoring,
        prefetches=planned,
        with_vector=with_vector(body.get("with_vector")),
        with_payload=with_payload(body.get("with_payload"), False),
        filter=without(filter_of(body.get("filter")), used),
        score_threshold=threshold(body),
        params=search_params(body.get("params")),
    )


def window(body):
    return natural(body, "limit", 10, minimum=1), natural(body, "offset", 0)


def is_fusion(body):
    return isinstance(body.get("query"), dict) and "fusion" in body["query"]


def settled(body, found):
    """The answer in a stable order: fusion leaves points of equal score in the order of a hash table."""
    if not is_fusion(body):
        return found
    limit, offset = window(body)
    ranked = sorted(found, key=lambda one: (-one.score, -one.version, not isinstance(one.id, int), one.id))
    return ranked[offset : offset + limit]


def prefetches(value, dimension, vectors_of):
    planned = []
    for one in [] if value is None else value if isinstance(value, list) else [value]:
        body = mapping(one, "prefetch")
        scoring, used = scoring_query(body.get("query"), dimension, vectors_of)
        check_target(body)
        planned.append(
            engine.Prefetch(
                limit=natural(body, "limit", 10, minimum=1),
                query=scoring,
                prefetches=prefetches(body.get("prefetch"), dimension, vectors_of),
                params=search_params(body.get("params")),
                filter=without(filter_of(body.get("filter")), used),
                score_threshold=threshold(body),
            )
        )
    return planned


def check_target(body):
    if body.get("using") not in (None, "") or body.get("lookup_from") is not None:
        raise Refusal(400, "Wrong input: `using` and `lookup_from` are not served: a collection has one unnamed vector")


def threshold(body):
    value = body.get("score_threshold")
    if value is not None and not is_number(value):
        raise malformed("`score_threshold` must be a number")
    return None if value is None else float(value)


def without(filter, used):
    """Points that a query is made from are never among its answers."""
    if not used:
        return filter
    excluded = engine.Filter(must_not=[engine.HasIdCondition(set(used))])
    return excluded if filter is None else engine.Filter(must=[filter, excluded])


def example(value, dimension, vectors_of):
    """The vector of an example, and its id where it was named by one."""
    if isinstance(value, (list, dict)):
        return dense(value, dimension), []
    identity = point_id(value)
    return vectors_of([identity])[0], [identity]


def scoring_query(value, dimension, vectors_of):
    """The scoring part, and the ids of the points that it is made from."""
    if value is None:
        return None, []
    if not isinstance(value, dict):
        vector, used = example(value, dimension, vectors_of)
        return engine.Query.Nearest(vector), used
    if "nearest" in value and value.get("mmr") is None:
        vector, used = example(value["nearest"], dimension, vectors_of)
        return engine.Query.Nearest(vector), used
    if "recommend" in value:
        return recommendation(mapping(value["recommend"], "recommend"), dimension, vectors_of)
    if "order_by" in value:
        return order_by(value["order_by"]), []
    if value.get("fusion") == "rrf":
        return engine.Fusion.Rrf(k=2), []
    if value.get("fusion") == "dbsf":
        return engine.Fusion.Dbsf(), []
    raise malformed("`query` must be a vector, a point ID, nearest, recommend, order_by or fusion")


def recommendation(body, dimension, vectors_of):
    positive, negative, used = [], [], []
    for field, vectors in (("positive", positive), ("negative", negative)):
        for one in sequence(body.get(field) or [], field):
            vector, ids = example(one, dimension, vectors_of)
            vectors.append(vector)
            used.extend(ids)
    strategy = body.get("strategy") or "average_vector"
    if strategy == "average_vector" and positive:
        return engine.Query.Nearest(average_vector(positive, negative)), used
    if strategy in ("best_score", "sum_scores") and (positive or negative):
        examples = engine.RecommendQuery(positive, negative)
        best = strategy == "best_score"
        return (engine.Query.RecommendBestScore if best else engine.Query.RecommendSumScores)(examples), used
    raise Refusal(400, "Bad request: `recommend` needs examples and a known strategy")


def average_vector(positive, negative):
    """Qdrant's `average_vector`: twice the mean of the positive examples less the mean of the negative ones."""
    middle = [sum(column) / len(positive) for column in zip(*positive)]
    if not negative:
        return middle
    away = [sum(column) / len(negative) for column in zip(*negative)]
    return [2 * near - far for near, far in zip(middle, away)]
