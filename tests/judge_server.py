"""A real HTTP server on the loopback that plays a judge, well or badly."""

import json
import socket
import threading
import time
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any


@dataclass(frozen=True)
class Sends:
    """One answer of the server: after a delay, or not at all, or only its beginning."""

    status: int = 200
    body: str | bytes = ""
    headers: dict[str, str] = field(default_factory=dict)
    after_s: float = 0.0
    drops: bool = False
    cuts: bool = False
    trickles_s: float = 0.0


def completion(text: str | None, **choice: Any) -> Sends:
    """A chat completion with that text."""
    message = {"role": "assistant", "content": text}
    body = {
        "model": "served-model-1",
        "choices": [{"index": 0, "message": message, "finish_reason": "stop", **choice}],
        "usage": {"prompt_tokens": 7, "completion_tokens": 3},
    }
    return Sends(body=json.dumps(body))


# Takes the question and how often it has been asked before.
Behaviour = Callable[[str, int], Sends]


class JudgeServer:
    """What was asked: each request with its headers; and how many were open at one time."""

    def __init__(self, behaviour: Behaviour) -> None:
        self.behaviour = behaviour
        self.requests: list[dict[str, Any]] = []
        self.headers: list[dict[str, str]] = []
        self.paths: set[str] = set()
        self.most_at_once = 0
        # what it says to a question for its models
        self.models = Sends()
        self._open = 0
        self._times: Counter[str] = Counter()
        self._lock = threading.Lock()
        self.url = ""

    def enter(self, path: str, body: dict[str, Any], headers: dict[str, str]) -> Sends:
        question = body["messages"][0]["content"]
        with self._lock:
            self._open += 1
            self.most_at_once = max(self.most_at_once, self._open)
            self.paths.add(path)
            self.requests.append(body)
            self.headers.append(headers)
            before = self._times[question]
            self._times[question] += 1
        return self.behaviour(question, before)

    def leave(self) -> None:
        with self._lock:
            self._open -= 1


def _handler(server: JudgeServer) -> type[BaseHTTPRequestHandler]:
    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def do_POST(self) -> None:
            length = int(self.headers["Content-Length"])
            body = json.loads(self.rfile.read(length))
            sends = server.enter(self.path, body, dict(self.headers))
            try:
                time.sleep(sends.after_s)
                self._send(sends)
            except OSError:
                pass  # the client has given up
            finally:
                server.leave()

        def do_GET(self) -> None:
            server.paths.add(self.path)
            server.headers.append(dict(self.headers))
            self._send(server.models)

        def _send(self, sends: Sends) -> None:
            if sends.drops:
                self.close_connection = True
                self.connection.shutdown(socket.SHUT_RDWR)
                return
            content = sends.body.encode() if isinstance(sends.body, str) else sends.body
            self.send_response(sends.status)
            self.send_header("Content-Length", str(len(content)))
            for name, value in sends.headers.items():
                self.send_header(name, value)
            self.end_headers()
            if sends.cuts:
                self.wfile.write(content[: len(content) // 2])
                self.close_connection = True
            elif sends.trickles_s:
                for byte in content:
                    self.wfile.write(bytes([byte]))
                    self.wfile.flush()
                    time.sleep(sends.trickles_s)
            else:
                self.wfile.write(content)

        def log_message(self, *arguments: Any) -> None:
            """Say nothing."""

    return Handler


@contextmanager
def judge_server(behaviour: Behaviour) -> Iterator[JudgeServer]:
    """A server on a free port of the loopback, until the block ends."""
    server = JudgeServer(behaviour)
    http = ThreadingHTTPServer(("127.0.0.1", 0), _handler(server))
    http.daemon_threads = True
    server.url = f"http://127.0.0.1:{http.server_port}/v1"
    thread = threading.Thread(target=http.serve_forever, kwargs={"poll_interval": 0.01})
    thread.start()
    try:
        yield server
    finally:
        http.shutdown()
        http.server_close()
        thread.join()
