"""Tables at an address are read as files are, where a run allows it; what may be secret in an address is never told."""

from __future__ import annotations

import json
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest
from written import gzipped

from fairaudit.data.remote import remote_allowed, shown
from fairaudit.data.scanning import scanned
from fairaudit.data.sources import read
from fairaudit.errors import SourceError

TABLE = ("sex,hired\n" + "f,yes\nm,no\nf,no\nm,yes\nm,yes\n" * 30).encode()
REDIRECTS = {"/moved": "/table.csv", "/to-a-file": "file:///etc/hostname", "/in-a-circle": "/in-a-circle"}


class Handler(BaseHTTPRequestHandler):
    def do_GET(self):
        path = self.path.partition("?")[0]
        if path in REDIRECTS:
            self.send_response(302)
            self.send_header("Location", REDIRECTS[path])
            self.end_headers()
            return
        if path == "/gone.csv":
            self.send_error(404)
            return
        content = gzipped(TABLE) if path.endswith("gz") else TABLE
        self.send_response(200)
        self.send_header("Content-Length", str(len(content) + (path == "/cut-off.csv")))
        self.end_headers()
        self.wfile.write(content)

    def log_message(self, *_):
        """Nothing on standard error."""


@pytest.fixture(scope="module")
def place():
    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        yield f"http://127.0.0.1:{server.server_port}"
        server.shutdown()


@pytest.mark.parametrize("path", ["/table.csv", "/table.csv.gz", "/moved", "/table.csv?token=secret"])
def test_a_table_at_an_address_is_read_as_a_file_is_and_called_without_its_secrets(place, tmp_path, path):
    (tmp_path / "table.csv").write_bytes(TABLE)
    here = read(str(tmp_path / "table.csv"))
    with remote_allowed(True):
        there = read(place + path)
        with scanned(place + path) as scan:
            assert scan.engine.rows() == len(here.frame)
            assert scan.origin().name == there.source.name
    assert there.frame.equals(here.frame)
    assert there.source.name == place + path.partition("?")[0]


def test_nothing_is_fetched_unless_a_run_allows_it(place):
    with pytest.raises(SourceError, match="nothing is fetched from a network unless --allow-remote is said"):
        read(f"{place}/table.csv")
    with remote_allowed(True):
        read(f"{place}/table.csv")
    with pytest.raises(SourceError, match="--allow-remote"):
        read(f"{place}/table.csv")


@pytest.mark.parametrize(
    ("path", "told"),
    [
        ("/gone.csv?token=secret", "/gone.csv' cannot be fetched: the server says 404 Not Found"),
        ("/cut-off.csv", "/cut-off.csv' ended after"),
        ("/to-a-file", "to-a-file' cannot be fetched: the server says 302 Found"),
        ("/in-a-circle", "cannot be fetched"),
    ],
)
def test_what_cannot_be_fetched_whole_is_refused_in_one_sentence(place, path, told):
    with remote_allowed(True), pytest.raises(SourceError, match=told) as caught:
        read(place + path)
    assert "secret" not in str(caught.value)
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize(
    ("address", "told"),
    [
        ("http://127.0.0.1:9/a.csv", "Connection refused"),
        ("http://user:secret@127.0.0.1/a.csv", "'http://127.0.0.1/a.csv' is a URL with the name of a user in it"),
        ("http://[::1/a.csv?secret", "'http://…' cannot be fetched"),
        ("http://127.0.0.1:9/a b.csv?secret", "the address is not well-formed"),
        ("http://127.0.0.1:x/a.csv?secret", "the address is not well-formed"),
        ("ftp://127.0.0.1/a.csv", "is a URL of a kind that is not read"),
        ("file:///etc/passwd", "is a URL of a kind that is not read"),
    ],
)
def test_an_address_that_leads_nowhere_is_refused_without_its_secrets(address, told):
    with remote_allowed(True), pytest.raises(SourceError, match=told) as caught:
        read(address)
    assert "secret" not in str(caught.value)


def test_a_path_is_called_by_its_name():
    assert shown("a/b@c?.csv") == "a/b@c?.csv"
    assert shown("https://a:b@host.org/x/y.csv?key=1#2") == "https://host.org/x/y.csv"


def test_the_command_line_fetches_where_it_is_told_to(run, place, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    asked = ["audit", f"{place}/table.csv?token=secret", "--decision", "hired=yes", "--protected", "sex", "--json"]
    status, _, told = run(*asked)
    assert status == 2
    assert "--allow-remote" in told
    status, out, _ = run(*asked, "--allow-remote")
    assert status == 0
    assert json.loads(out)["source"]["name"] == f"{place}/table.csv"
    assert "secret" not in out


def test_a_check_fetches_where_it_is_told_to(run, place, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "fairaudit.toml").write_text(
        f'[data.main]\nsource = "{place}/table.csv?token=secret"\ndecision = "hired=yes"\nprotected = ["sex"]\n'
        '[[limit]]\nmeasure = "selection_rate"\nstatistic = "gap"\nmax = 0.9\nby = "sex"\n'
    )
    assert run("check")[0] == 2
    status, out, _ = run("check", "--allow-remote", "--output", "json=-")
    assert (status, "secret" in out) == (0, False)
