"""A Qdrant for one machine: the engine of the PyPI package qdrant-edge-py behind Qdrant's REST interface on loopback.

    python3 -E -s sidecar.py --engine <unpacked wheel> --data DIR [--port N]

The first line of standard input is the API key; the end of standard input is the order to flush and leave, so that the
sidecar never outlives its parent. Standard output gets one line, {"ready": true, "port": N}.
Exit codes: 0 asked to leave, 2 usage, 3 folder in use, 4 port taken, 5 engine missing, 6 data unreadable.
"""

import sys

sys.dont_write_bytecode = True

if sys.version_info < (3, 10):
    sys.stderr.write("the embedded Qdrant needs Python 3.10 or newer, this is %d.%d\n" % sys.version_info[:2])
    sys.exit(5)

import argparse
import errno
import json
import os
import signal
import threading

FLUSH_SECONDS = 2.0


def fail(code, message):
    sys.stderr.write(message + "\n")
    sys.stderr.flush()
    os._exit(code)


def log(event):
    try:
        sys.stderr.write(json.dumps(event) + "\n")
        sys.stderr.flush()
    except OSError:
        pass  # the parent is gone; so is the sidecar in a moment


def lock_folder(folder):
    """An exclusive lock that the system lets go of when the process ends, however it ends. Returns the open file."""
    path = os.path.join(folder, "lock")
    file = open(path, "a+b")
    try:
        if os.name == "nt":
            import msvcrt

            msvcrt.locking(file.fileno(), msvcrt.LK_NBLCK, 1)
        else:
            import fcntl

            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError as error:
        if error.errno not in (errno.EACCES, errno.EAGAIN, errno.EDEADLK):
            raise
        fail(3, f"another process uses the Qdrant data folder {folder}; stop it, or use another folder")
    return file


def arguments():
    parser = argparse.ArgumentParser(prog="sidecar.py", description=__doc__.split("\n")[0])
    parser.add_argument("--data", required=True, help="data folder, made when missing")
    parser.add_argument("--engine", help="folder that holds the package qdrant_edge; else it must be on PYTHONPATH")
    parser.add_argument("--port", type=int, default=0, help="port on 127.0.0.1; 0 chooses a free one")
    parser.add_argument("--max-body-mb", type=int, default=32, help="largest request body")
    parser.add_argument("--reserve-mb", type=int, default=128, help="writes are refused when the disk has less room than this")
    return parser.parse_args()


def main():
    options = arguments()
    api_key = sys.stdin.buffer.readline().decode("utf-8", "replace").strip()
    if not api_key:
        fail(2, "the first line of standard input must be the API key")
    if options.engine:
        sys.path.insert(1, options.engine)
    try:
        from rest import Server
        from store import Store
    except ImportError as error:
        fail(5, f"the Qdrant engine cannot be loaded ({error}); --engine or PYTHONPATH must name the unpacked qdrant-edge-py wheel")

    folder = os.path.abspath(options.data)
    try:
        os.makedirs(folder, mode=0o700, exist_ok=True)
        held = lock_folder(folder)
    except OSError as error:
        fail(6, f"the Qdrant data folder {folder} cannot be used: {error.strerror}")
    try:
        store = Store(folder, options.reserve_mb << 20)
    except Exception as error:
        fail(6, f"the Qdrant data in {folder} cannot be read ({type(error).__name__}); move it away and ingest again")
    try:
        server = Server(options.port, api_key, store, options.max_body_mb << 20, log)
    except (OSError, OverflowError) as error:
        fail(4, f"port {options.port} on 127.0.0.1 cannot be opened: {getattr(error, 'strerror', None) or 'out of range'}")

    leave = threading.Event()
    signal.signal(signal.SIGTERM, lambda *_: leave.set())
    # Ctrl-C reaches the whole group; the parent decides when the index may go, and its end closes standard input.
    signal.signal(signal.SIGINT, signal.SIG_IGN)

    def watch_parent():
        while sys.stdin.buffer.read1(4096):
            pass
        leave.set()

    threading.Thread(target=watch_parent, daemon=True).start()
    threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.1}, daemon=True).start()
    sys.stdout.write(json.dumps({"ready": True, "port": server.server_address[1]}) + "\n")
    sys.stdout.flush()

    while not leave.wait(FLUSH_SECONDS):
        try:
            store.flush()
        except Exception as error:
            log({"level": "error", "event": "flush-failed", "error": type(error).__name__})
    try:
        store.close()
    except Exception as error:
        log({"level": "error", "event": "flush-failed", "error": type(error).__name__})
    held.close()
    os._exit(0)


main()
