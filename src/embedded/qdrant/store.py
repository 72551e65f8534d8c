"""Collections on disk: one engine shard each, its configuration beside it, one lock around every call into it."""

import json
import os
import re
import shutil
import threading
from urllib.parse import quote, unquote

import qdrant_edge as engine

import translate
from query import query_request, settled
from translate import DISTANCES, INDEX_TYPES, Refusal, malformed, mapping, natural, wrong

FORBIDDEN_IN_NAME = re.compile(r'[<>:"/\\|?*\x00-\x1f]')
MAX_DIMENSION = 65536
PREFIX = "c-"


def scrubbed(error):
    """A refusal for an error of the engine, whose own words may quote what it was given."""
    words = str(error)
    if "No space left" in words or "os error 28" in words:
        return Refusal(507, "Service internal error: no space left on the disk of the index")
    if "No range index" in words:
        return wrong("No range index for this `order_by` key. Please create one to use `order_by`")
    if "No appropriate index for faceting" in words:
        return wrong("No appropriate index for faceting on this key. Please create one to facet on this field")
    return Refusal(500, f"Service internal error: {type(error).__name__} in the engine")


def calling(call, *arguments):
    """Calls the engine; its errors are bare `Exception`s, its type errors come from bodies that passed the checks before."""
    try:
        return call(*arguments)
    except Refusal:
        raise
    except (TypeError, ValueError, OverflowError, RecursionError):
        raise wrong("the engine does not take a value of this request") from None
    except OSError as error:
        raise Refusal(507 if error.errno == 28 else 500, "Service internal error: the disk of the index failed") from None
    except Exception as error:
        raise scrubbed(error) from None


class Collection:
    def __init__(self, folder, config, shard):
        self.folder = folder
        self.config = config
        self.dimension = config["vectors"]["size"]
        self.lock = threading.Lock()
        self.shard = shard
        self.operations = 0
        self.dirty = False

    @staticmethod
    def open(folder):
        with open(os.path.join(folder, "collection.json"), encoding="utf-8") as file:
            config = json.load(file)
        return Collection(folder, config, engine.EdgeShard.load(os.path.join(folder, "shard")))

    @staticmethod
    def create(folder, config):
        """The configuration is written last: a folder without one was never acknowledged, and is swept at the next start."""
        os.makedirs(folder, mode=0o700)
        vectors = engine.EdgeVectorParams(size=config["vectors"]["size"], distance=DISTANCES[config["vectors"]["distance"]])
        shard = engine.EdgeShard.create(os.path.join(folder, "shard"), engine.EdgeConfig(vectors=vectors))
        shard.flush()
        unfinished = os.path.join(folder, "collection.json.tmp")
        with open(unfinished, "w", encoding="utf-8") as file:
            json.dump(config, file)
            file.flush()
            os.fsync(file.fileno())
        os.replace(unfinished, os.path.join(folder, "collection.json"))
        return Collection(folder, config, shard)

    def call(self, work):
        with self.lock:
            if self.shard is None:
                raise Refusal(503, "Service unavailable: the collection is being closed")
            return calling(work, self.shard)

    def write(self, operation, wait):
        """Applies an operation; with `wait` it is flushed before the answer, else within the flush interval."""

        def apply(shard):
            self.dirty = True
            shard.update(operation)
            if wait:
                shard.flush()
                self.dirty = False
            self.operations += 1
            return {"operation_id": self.operations, "status": "completed" if wait else "acknowledged"}

        return self.call(apply)

    def flush(self):
        def apply(shard):
            if self.dirty:
                shard.flush()
                self.dirty = False

        self.call(apply)

    def close(self):
        with self.lock:
            shard, self.shard = self.shard, None
            if shard is not None:
                shard.flush()
                shard.close()

    # Reads

    def vectors_of(self, ids):
        found = {str(one.id): one.vector for one in self.call(lambda shard: shard.retrieve(ids, False, True))}
        missing = [one for one in ids if str(one) not in found]
        if missing:
            raise Refusal(404, f"Not found: No point with id {missing[0]} found")
        return [found[str(one)] for one in ids]

    def retrieve(self, body):
        ids = translate.point_ids(body.get("ids"), "ids")
        payload = translate.with_payload(body.get("with_payload"), True)
        vector = translate.with_vector(body.get("with_vector"))
        records = self.call(lambda shard: shard.retrieve(ids, payload, vector))
        return [translate.point_json(one) for one in records]

    def query(self, body):
        request = calling(query_request, body, self.dimension, self.vectors_of)
        found = self.call(lambda shard: shard.query(request))
        return {"points": [translate.point_json(one, scored=True) for one in settled(body, found)]}

    def query_batch(self, body):
        return [self.query(mapping(one, "searches")) for one in translate.sequence(body.get("searches"), "searches")]

    def scroll(self, body):
        offset = body.get("offset")
        ordered = body.get("order_by")
        request = engine.ScrollRequest(
            offset=None if offset is None else translate.point_id(offset),
            limit=natural(body, "limit", 10, minimum=1),
            filter=translate.filter_of(body.get("filter")),
            with_payload=translate.with_payload(body.get("with_payload"), True),
            with_vector=translate.with_vector(body.get("with_vector")),
            order_by=None if ordered is None else translate.order_by(ordered),
        )
        records, following = self.call(lambda shard: shard.scroll(request))
        offset = following if following is None or isinstance(following, int) else str(following)
        return {"points": [translate.point_json(one) for one in records], "next_page_offset": offset}

    def count(self, body):
        filter = translate.filter_of(body.get("filter"))
        return {"count": self.call(lambda shard: shard.count(engine.CountRequest(exact=True, filter=filter)))}

    def facet(self, body):
        filter = translate.filter_of(body.get("filter"))
        key = translate.text(body.get("key"), "key")
        request = engine.FacetRequest(key, natural(body, "limit", 10, minimum=1), body.get("exact") is True, filter)
        hits = self.call(lambda shard: shard.facet(request).hits)
        return {"hits": [{"value": one.value, "count": one.count} for one in hits]}

    def info(self):
        found = self.call(lambda shard: shard.info())
        params = {"shard_number": 1, "replication_factor": 1, "write_consistency_factor": 1, "on_disk_payload": True}
        hnsw = {"m": 16, "ef_construct": 100, "full_scan_threshold": 10000, "max_indexing_threads": 0, "on_disk": False}
        optimizer = {"deleted_threshold": 0.2, "vacuum_min_vector_number": 1000, "default_segment_number": 0}
        optimizer.update(max_segment_size=None, memmap_threshold=None, indexing_threshold=10000, flush_interval_sec=5)
        optimizer.update(max_optimization_threads=None, prevent_unoptimized=None)
        schema = {key: {"data_type": data_type(one), "points": one.points} for key, one in found.payload_schema.items()}
        return {
            "status": "green",
            "optimizer_status": "ok",
            "indexed_vectors_count": found.indexed_vectors_count,
            "points_count": found.points_count,
            "segments_count": found.segments_count,
            "config": {
                "params": {"vectors": self.config["vectors"], **params},
                "hnsw_config": hnsw,
                "optimizer_config": optimizer,
                "wal_config": {"wal_capacity_mb": 32, "wal_segments_ahead": 0, "wal_retain_closed": 1},
                "quantization_config": None,
            },
            "payload_schema": schema,
            "update_queue": {"length": 0},
        }

    # Writes

    def upsert(self, body, wait):
        points = calling(translate.points, body, self.dimension)
        return self.write(engine.UpdateOperation.upsert_points(points), wait)

    def delete(self, body, wait):
        operations = engine.UpdateOperation
        return self.write(self.selected(body, operations.delete_points, operations.delete_points_by_filter), wait)

    def change_payload(self, body, wait, change):
        """`change` is set, overwrite, delete or clear."""
        operations = engine.UpdateOperation
        arguments = []
        if change in ("set", "overwrite"):
            key = body.get("key")
            arguments = [mapping(body.get("payload"), "payload"), None if key is None else translate.text(key, "key")]
        elif change == "delete":
            arguments = [[translate.text(one, "keys") for one in translate.sequence(body.get("keys"), "keys")]]
        by_ids = getattr(operations, f"{change}_payload")
        by_filter = getattr(operations, f"{change}_payload_by_filter")
        return self.write(self.selected(body, by_ids, by_filter, *arguments), wait)

    def selected(self, body, by_ids, by_filter, *arguments):
        if body.get("points") is not None:
            return calling(by_ids, translate.point_ids(body["points"]), *arguments)
        if body.get("filter") is not None:
            return calling(by_filter, translate.filter_of(body["filter"]), *arguments)
        raise malformed("`points` or `filter` must be given")

    def create_index(self, body, wait):
        schema = body.get("field_schema")
        kind = schema.get("type") if isinstance(schema, dict) else schema
        if kind not in INDEX_TYPES:
            raise malformed("`field_schema` must be one of " + ", ".join(sorted(INDEX_TYPES)))
        field = translate.text(body.get("field_name"), "field_name")
        return self.write(engine.UpdateOperation.create_field_index(field, INDEX_TYPES[kind]), wait)

    def delete_index(self, field, wait):
        return self.write(engine.UpdateOperation.delete_field_index(field), wait)


def data_type(index):
    return next((name for name, kind in INDEX_TYPES.items() if kind == index.data_type), "keyword")


class Store:
    """All collections of one data folder."""

    def __init__(self, folder, reserve_bytes):
        self.folder = os.path.join(folder, "collections")
        self.reserve_bytes = reserve_bytes
        self.lock = threading.Lock()
        self.collections = {}
        os.makedirs(self.folder, mode=0o700, exist_ok=True)
        for entry in sorted(os.listdir(self.folder)):
            path = os.path.join(self.folder, entry)
            if not os.path.exists(os.path.join(path, "collection.json")):
                shutil.rmtree(path)
                continue
            self.collections[unquote(entry[len(PREFIX) :])] = Collection.open(path)

    def names(self):
        return sorted(self.collections)

    def get(self, name):
        found = self.collections.get(name)
        if found is None:
            raise Refusal(404, f"Not found: Collection `{name}` doesn't exist!")
        return found

    def create(self, name, body):
        vectors = body.get("vectors")
        size = vectors.get("size") if isinstance(vectors, dict) else None
        distance = vectors.get("distance") if isinstance(vectors, dict) else None
        if not translate.is_integer(size) or not 0 < size <= MAX_DIMENSION or distance not in DISTANCES:
            raise malformed(f"`vectors` must have a size of 1 to {MAX_DIMENSION} and a distance of {', '.join(DISTANCES)}")
        for field in ("sparse_vectors", "quantization_config"):
            if body.get(field):
                raise wrong(f"`{field}` is not served")
        for field in ("multivector_config", "datatype", "quantization_config"):
            if vectors.get(field) not in (None, "float32"):
                raise wrong(f"`vectors.{field}` is not served")
        entry = PREFIX + quote(name, safe="")
        if not name or FORBIDDEN_IN_NAME.search(name) or len(entry) > 255:
            raise Refusal(422, "Validation error: the collection name is empty, too long, or holds a forbidden character")
        with self.lock:
            if name in self.collections:
                raise Refusal(409, f"Wrong input: Collection `{name}` already exists!")
            self.check_space(0)
            path = os.path.join(self.folder, entry)
            config = {"vectors": {"size": size, "distance": distance}}
            self.collections[name] = calling(Collection.create, path, config)
        return True

    def delete(self, name):
        """Closes the collection, then takes its configuration away first: what a crash leaves is swept at the next start."""
        with self.lock:
            found = self.collections.pop(name, None)
            if found is None:
                return False
            calling(found.close)
            os.remove(os.path.join(found.folder, "collection.json"))
            shutil.rmtree(found.folder)
        return True

    def check_space(self, body_bytes):
        """The engine writes through memory maps, where a full disk is a fatal signal: refuse while there is room left."""
        if shutil.disk_usage(self.folder).free < self.reserve_bytes + 4 * body_bytes:
            raise Refusal(507, "Service internal error: no space left on the disk of the index")

    def flush(self):
        for one in list(self.collections.values()):
            one.flush()

    def close(self):
        with self.lock:
            for one in self.collections.values():
                one.close()
