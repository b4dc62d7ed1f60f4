"""A web server on loopback that speaks the URL layout of the hub and mirrors plain addresses."""

import hashlib
import json
import os
import socket
import struct
import subprocess
import sys
import threading
import time
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from urllib.parse import unquote, urlsplit

SCRIPTS = Path(__file__).parents[1] / "workflow_scripts"
# The hub keeps files above some size, or of some types, in its large-file storage.
LARGE = (".parquet", ".zip", ".jpg", ".safetensors", ".bin")


class Loopback:
    """`log`: (path, range) of each download; faults are by the ending of a path.

    `cut`: bytes after which the connection ends, once; `resets`: the same, but it is reset;
    `fails`: status of further answers; `served_instead`: content that is not what the hub lists.
    """

    def __init__(self):
        self.commits = {}
        self.newest = {}
        self.web = {}
        self.cut = {}
        self.resets = {}
        self.fails = {}
        self.gated = set()
        self.served_instead = {}
        self.log = []
        self._server = ThreadingHTTPServer(("127.0.0.1", 0), self._handler())
        self.endpoint = f"http://127.0.0.1:{self._server.server_address[1]}"
        self.mirror = f"{self.endpoint}/mirror"

    def __enter__(self):
        threading.Thread(target=self._server.serve_forever, daemon=True).start()
        return self

    def __exit__(self, *error):
        self._server.shutdown()
        self._server.server_close()

    def publish_dataset(self, repo, files):
        """Make `files` (path -> bytes) the newest commit of a dataset repository."""
        return self._publish(f"datasets/{repo}", files)

    def publish_model(self, repo, files):
        """The same of a model repository."""
        return self._publish(f"models/{repo}", files)

    def _publish(self, repo, files):
        content = repr(
            sorted((name, hashlib.sha1(data).hexdigest()) for name, data in files.items())
        )
        commit = hashlib.sha1(content.encode()).hexdigest()
        self.commits[repo, commit] = dict(files)
        self.newest[repo] = commit
        return commit

    def publish_file(self, url, data):
        """Put a file at a plain address of the mirror."""
        parts = urlsplit(url)
        self.web[f"/mirror/{parts.netloc}{parts.path}"] = data

    def environment(self, home):
        """Variables that lead every download here; no token, no cache of the user."""
        kept = {name: value for name, value in os.environ.items() if not name.startswith("HF_")}
        return kept | {
            "HF_ENDPOINT": self.endpoint,
            "MMPEFT_MIRROR": self.mirror,
            "HF_HOME": str(home),
            "PYTHONPATH": str(SCRIPTS),
        }

    def run(self, folder, script, *arguments):
        """Run a script in a folder; returns its exit status and what it said."""
        done = subprocess.run(
            [sys.executable, str(SCRIPTS / script), *map(str, arguments)],
            cwd=folder,
            env=self.environment(folder / "hf"),
            capture_output=True,
            text=True,
            check=False,
        )
        return done.returncode, done.stderr

    def requests(self, ending):
        """Ranges asked for in GET requests of a path, None for a whole file."""
        return [asked for path, asked in self.log if path.endswith(ending)]

    def find(self, path):
        """Status, headers and content of a path."""
        parts = unquote(path).strip("/").split("/")
        if parts[0] == "mirror":
            data = self.web.get(unquote(path))
            return (404, {}, b"no such file") if data is None else (200, {}, data)
        if parts[0] == "api":
            return self._api("/".join(parts[1:4]), parts[4:])
        if parts[0] != "datasets":
            # the hub says so of datasets alone
            parts.insert(0, "models")
        if parts[3:4] == ["resolve"]:
            return self._file("/".join(parts[:3]), parts[4], "/".join(parts[5:]))
        return 404, {}, b""

    def _api(self, repo, rest):
        if repo not in self.newest:
            return 404, {"X-Error-Code": "RepoNotFound"}, b"{}"
        if repo in self.gated:
            return 403, {"X-Error-Code": "GatedRepo"}, b"{}"
        commit = rest[1] if len(rest) > 1 else self.newest[repo]
        if (repo, commit) not in self.commits:
            return 404, {"X-Error-Code": "RevisionNotFound"}, b"{}"
        if rest[:1] == ["tree"]:
            return (
                200,
                {},
                json.dumps(
                    [_entry(name, data) for name, data in self.commits[repo, commit].items()]
                ).encode(),
            )
        told = {"id": repo.partition("/")[2], "sha": commit, "siblings": []}
        return 200, {}, json.dumps(told).encode()

    def _file(self, repo, commit, name):
        data = self.commits.get((repo, commit), {}).get(name)
        data = self.served_instead.get(name, data)
        if data is None:
            return 404, {"X-Error-Code": "EntryNotFound"}, b""
        return 200, {"X-Repo-Commit": commit}, data

    def _handler(self):
        site = self

        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def do_GET(self):
                path = urlsplit(self.path).path
                status, headers, data = site.find(path)
                asked = self.headers.get("Range")
                site.log.append((path, asked))
                total = len(data)
                if asked is not None and status == 200:
                    start = int(asked.removeprefix("bytes=").partition("-")[0])
                    if start >= total:
                        status, data = 416, b""
                    else:
                        status, data = 206, data[start:]
                        headers["Content-Range"] = f"bytes {start}-{total - 1}/{total}"
                cut, resets, fails = (
                    _of(path, faults) for faults in (site.cut, site.resets, site.fails)
                )
                sent = data
                if cut is not None:
                    sent = data[: site.cut.pop(cut)]
                elif resets is not None:
                    sent = data[: site.resets.pop(resets)]
                elif fails is not None:
                    status, headers, sent = site.fails[fails], {}, b""
                    data = sent
                self.send_response(status)
                for name, value in {"Content-Length": len(data), "ETag": '"x"', **headers}.items():
                    self.send_header(name, str(value))
                self.end_headers()
                self.wfile.write(sent)
                if len(sent) < len(data):
                    self.close_connection = True
                if resets is not None and len(sent) < len(data):
                    # what has not been read by then is lost to the client
                    time.sleep(1)
                    now = struct.pack("ii", 1, 0)
                    self.connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, now)
                    os.close(self.connection.detach())

            def log_message(self, *args):
                pass

        return Handler


def _of(path, faults):
    return next((ending for ending in faults if path.endswith(ending)), None)


def _entry(name, data):
    blob = hashlib.sha1(b"blob %d\0" % len(data) + data).hexdigest()
    entry = {"type": "file", "path": name, "size": len(data), "oid": blob}
    if name.endswith(LARGE):
        entry["lfs"] = {
            "oid": hashlib.sha256(data).hexdigest(),
            "size": len(data),
            "pointerSize": 134,
        }
    return entry
