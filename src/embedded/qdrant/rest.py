"""Qdrant's REST interface over the store: loopback only, one key, JSON in and out. Bodies are never logged."""

import hmac
import json
import os
import re
import socketserver
import time
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.parse import parse_qs, unquote, urlsplit

from store import Collection
from translate import Refusal, malformed

VERSION = {"title": "qdrant - vector search engine", "version": "1.19.0"}
LOOPBACK = re.compile(r"^(127\.0\.0\.1|localhost|\[::1\])(:\d+)?$", re.IGNORECASE)
OPEN_PATHS = ("/", "/healthz", "/livez", "/readyz")
MAX_DRAINED = 256 * 1024 * 1024


def refuse_constant(_):
    raise malformed("NaN and Infinity are not JSON")


class Request:
    """One call: the names in its path, its body, the size of that in bytes, and whether to flush before the answer."""

    def __init__(self, store, names, body, size, wait):
        self.store = store
        self.names = names
        self.body = body
        self.size = size
        self.wait = wait

    @property
    def collection(self):
        return self.store.get(self.names["collection"])


def read(method):
    return lambda request: method(request.collection, request.body)


def write(method, *arguments):
    def handler(request):
        request.store.check_space(request.size)
        return method(request.collection, request.body, request.wait, *arguments)

    return handler


def unindex(request):
    return request.collection.delete_index(request.names["field"], request.wait)


# A path segment in braces is a name.
ROUTES = {
    "GET /collections": lambda request: {"collections": [{"name": one} for one in request.store.names()]},
    "GET /collections/{collection}": lambda request: request.collection.info(),
    "GET /collections/{collection}/exists": lambda request: {"exists": request.names["collection"] in request.store.names()},
    "PUT /collections/{collection}": lambda request: request.store.create(request.names["collection"], request.body),
    "DELETE /collections/{collection}": lambda request: request.store.delete(request.names["collection"]),
    "PUT /collections/{collection}/index": write(Collection.create_index),
    "DELETE /collections/{collection}/index/{field}": unindex,
    "PUT /collections/{collection}/points": write(Collection.upsert),
    "POST /collections/{collection}/points": read(Collection.retrieve),
    "POST /collections/{collection}/points/query": read(Collection.query),
    "POST /collections/{collection}/points/query/batch": read(Collection.query_batch),
    "POST /collections/{collection}/points/scroll": read(Collection.scroll),
    "POST /collections/{collection}/points/count": read(Collection.count),
    "POST /collections/{collection}/facet": read(Collection.facet),
    "POST /collections/{collection}/points/delete": write(Collection.delete),
    "POST /collections/{collection}/points/payload": write(Collection.change_payload, "set"),
    "PUT /collections/{collection}/points/payload": write(Collection.change_payload, "overwrite"),
    "POST /collections/{collection}/points/payload/delete": write(Collection.change_payload, "delete"),
    "POST /collections/{collection}/points/payload/clear": write(Collection.change_payload, "clear"),
}


def compiled(route):
    method, path = route.split(" ")
    return method, re.compile("^" + re.sub(r"\{(\w+)\}", r"(?P<\1>[^/]+)", path) + "$")


COMPILED = [(*compiled(route), handler) for route, handler in ROUTES.items()]


class Server(ThreadingHTTPServer):
    daemon_threads = True
    request_queue_size = 128
    # On Windows this option would let a second process take the port as well.
    allow_reuse_address = os.name != "nt"

    def __init__(self, port, api_key, store, max_body, log):
        super().__init__(("127.0.0.1", port), Handler)
        self.api_key = api_key.encode()
        self.store = store
        self.max_body = max_body
        self.log = log

    def server_bind(self):
        """Without the look-up of the host's own name, which a machine with a broken resolver waits for."""
        socketserver.TCPServer.server_bind(self)
        self.server_name, self.server_port = self.server_address

    def handle_error(self, request, client_address):
        """A client that went away is no news, and a traceback could quote a body."""


class Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True
    wbufsize = -1
    timeout = 300

    def log_message(self, format, *args):
        pass

    def do_GET(self):
        self.serve()

    do_PUT = do_POST = do_DELETE = do_PATCH = do_HEAD = do_GET

    def serve(self):
        started = time.monotonic()
        self.unread = 0
        try:
            status, body = self.answer()
        except Refusal as refusal:
            status, body = refusal.status, {"status": {"error": refusal.message}}
        except (ConnectionError, TimeoutError):
            raise
        except Exception as error:
            self.server.log({"level": "error", "event": "request-failed", "method": self.command, "error": type(error).__name__})
            status, body = 500, {"status": {"error": f"Service internal error: {type(error).__name__}"}}
        self.drain()
        if isinstance(body, dict):
            body["time"] = time.monotonic() - started
            self.reply(status, json.dumps(body).encode(), "application/json")
        else:
            self.reply(status, body.encode(), "text/plain")

    def answer(self):
        self.measure_body()
        if not LOOPBACK.match(self.headers.get("Host", "")):
            return 403, "The Host header must name the loopback address"
        parts = urlsplit(self.path)
        if parts.path in OPEN_PATHS and self.command == "GET":
            return (200, dict(VERSION)) if parts.path == "/" else (200, "healthz check passed")
        if not self.authorized():
            return 401, "Invalid API key or JWT"
        for method, pattern, handler in COMPILED:
            found = pattern.match(parts.path)
            if found and method == self.command:
                names = {key: unquote(value) for key, value in found.groupdict().items()}
                wait = parse_qs(parts.query).get("wait") == ["true"]
                size = self.unread
                request = Request(self.server.store, names, self.read_body(), size, wait)
                return 200, {"result": handler(request), "status": "ok"}
        return 404, ""

    def authorized(self):
        given = self.headers.get("api-key") or self.headers.get("Authorization", "").removeprefix("Bearer ")
        return hmac.compare_digest(given.encode("utf-8", "replace"), self.server.api_key)

    def measure_body(self):
        if self.headers.get("Transfer-Encoding"):
            self.close_connection = True
            raise Refusal(411, "Bad request: a Content-Length is needed")
        length = self.headers.get("Content-Length", "0")
        if not length.isascii() or not length.isdigit():
            self.close_connection = True
            raise Refusal(400, "Bad request: Content-Length is not a number")
        self.unread = int(length)
        if self.unread > self.server.max_body:
            raise Refusal(413, f"Payload too large: a body may have at most {self.server.max_body} bytes")

    def read_body(self):
        length, self.unread = self.unread, 0
        raw = self.rfile.read(length)
        if len(raw) < length:
            raise ConnectionError
        if not raw:
            return {}
        try:
            body = json.loads(raw, parse_constant=refuse_constant)
        except (ValueError, RecursionError):
            raise malformed("the body is not valid JSON") from None
        if not isinstance(body, dict):
            raise malformed("the body must be an object")
        return body

    def drain(self):
        """Reads away a refused body, so that its sender gets to read the answer."""
        if self.unread > MAX_DRAINED:
            self.close_connection = True
            return
        while self.unread > 0:
            chunk = self.rfile.read(min(self.unread, 1 << 20))
            if not chunk:
                self.close_connection = True
                return
            self.unread -= len(chunk)

    def reply(self, status, body, content_type):
        self.send_response(status)
        self.send_header("Content-Type", content_type)
        self.send_header("Content-Length", str(len(body)))
        if self.close_connection:
            self.send_header("Connection", "close")
        self.end_headers()
        if self.command != "HEAD":
            self.wfile.write(body)
