"""Nothing reaches a network while tests run, in no process: what tried would fail here, loudly."""

import socket
import subprocess
import sys

import pytest

TRY = "import socket; socket.socket().connect(('192.0.2.1', 80))"  # an address that nobody has


def test_a_connection_is_refused_in_this_process():
    with socket.socket() as client, pytest.raises(Exception, match=r"socket.connect to \('192.0.2.1', 80\)"):
        client.connect(("192.0.2.1", 80))
    with pytest.raises(Exception, match=r"socket.getaddrinfo of 'example.org'"):
        socket.create_connection(("example.org", 80), timeout=0.1)


def test_a_connection_is_refused_in_processes_that_tests_start():
    done = subprocess.run([sys.executable, "-c", TRY], capture_output=True, text=True)
    assert done.returncode == 1
    assert "NetworkError: socket.connect to ('192.0.2.1', 80)" in done.stderr


def test_processes_of_this_machine_may_talk():
    with socket.socket() as server:
        server.bind(("127.0.0.1", 0))
        server.listen(1)
        with socket.create_connection(server.getsockname(), timeout=5):
            pass
