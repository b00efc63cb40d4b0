"""Servers that a benchmark starts and ends, and what the kernel says of them: CPU time and memory.

Everything listens on 127.0.0.1 and writes into one temporary folder. Children die with the benchmark, however it ends.
"""

import contextlib
import ctypes
import http.client
import os
import pathlib
import signal
import socket
import subprocess
import sys
import tempfile
import time

import redis


class BenchError(Exception):
    """Why a figure could not be taken, for people."""


def free_port():
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


def _die_with_parent():
    ctypes.CDLL(None).prctl(1, signal.SIGTERM)  # PR_SET_PDEATHSIG: a server with workers ends them, too


def _family(process):
    """A process and those that it started."""
    children = pathlib.Path(f"/proc/{process}/task/{process}/children").read_text().split()
    return [process, *(member for child in children for member in _family(int(child)))]


def _cpu_seconds(process):
    tasks = pathlib.Path(f"/proc/{process}/task").iterdir()
    return sum(int((task / "schedstat").read_text().split()[0]) for task in tasks) / 1e9


class Server:
    """A running server, until stop()."""

    def __init__(self, name, command, port, log, environment=None):
        self.name, self.port, self.log = name, port, log
        with open(log, "wb") as out:
            try:
                self.process = subprocess.Popen(
                    command,
                    stdin=subprocess.DEVNULL,
                    stdout=out,
                    stderr=out,
                    env={**os.environ, **(environment or {})},
                    preexec_fn=_die_with_parent,
                )
            except OSError as error:
                raise BenchError(f"cannot start {command[0]}: {error.strerror}") from None

    def wait_until(self, answers):
        """Waits until `answers()` is true, 15 s at most."""
        end = time.monotonic() + 15
        while time.monotonic() < end:
            if self.process.poll() is not None:
                raise BenchError(
                    f"{self.name} ended with {self.process.returncode}: {self.log.read_text(errors='replace')[-500:]}"
                )
            with contextlib.suppress(OSError, http.client.HTTPException, redis.RedisError):
                if answers():
                    return self
            time.sleep(0.02)
        raise BenchError(f"{self.name} did not come up: {self.log.read_text(errors='replace')[-500:]}")

    def stop(self):
        if self.process.poll() is None:
            self.process.terminate()
            try:
                self.process.wait(15)
            except subprocess.TimeoutExpired:
                self.process.kill()
                self.process.wait()

    def cpu_seconds(self):
        """CPU time of all living threads, of its workers too."""
        return sum(_cpu_seconds(process) for process in _family(self.process.pid))

    def resident_bytes(self):
        for line in pathlib.Path(f"/proc/{self.process.pid}/status").read_text().splitlines():
            if line.startswith("VmRSS:"):
                return int(line.split()[1]) * 1024
        raise BenchError(f"no VmRSS of {self.name}")


def busy_share():
    """The share of the machine's CPU time, 0 to 1, that something uses right now, while the benchmark does not."""

    def ticks():
        fields = [int(field) for field in pathlib.Path("/proc/stat").read_text().splitlines()[0].split()[1:9]]
        return sum(fields), fields[3] + fields[4]  # idle, iowait

    all_before, idle_before = ticks()
    time.sleep(1)
    all_after, idle_after = ticks()
    return 1 - (idle_after - idle_before) / (all_after - all_before)


class Machine:
    """Starts servers; a context that ends all of them."""

    def __init__(self, build):
        self.bin = build / "bin"
        self._stack = contextlib.ExitStack()

    def __enter__(self):
        self.folder = pathlib.Path(self._stack.enter_context(tempfile.TemporaryDirectory(prefix="cartd-bench-")))
        return self

    def __exit__(self, _, error, __):
        if isinstance(error, BenchError):  # What cartd says may tell why.
            for log in sorted(self.folder.glob("cartd-*.log")):
                for line in log.read_text(errors="replace").splitlines()[-5:]:
                    print(f"\n{log.stem}: {line}", end="", file=sys.stderr)
        self._stack.close()

    def start(self, name, command, port, answers, environment=None):
        server = Server(name, [str(part) for part in command], port, self.folder / f"{name}-{port}.log", environment)
        self._stack.callback(server.stop)
        return server.wait_until(answers)

    def redis(self, port=None, *flags):
        """A Redis server without persistence."""
        port = port or free_port()
        command = [
            "redis-server",
            "--port",
            port,
            "--bind",
            "127.0.0.1",
            "--save",
            "",
            "--appendonly",
            "no",
            "--dir",
            self.folder,
            *flags,
        ]
        return self.start("redis-server", command, port, lambda: redis.Redis(port=port).ping())

    def slow_link(self, store, round_trip):
        """A way to the server `store` that takes so many seconds longer there and back."""
        port = free_port()
        command = [sys.executable, pathlib.Path(__file__).with_name("slow_link.py"), port, store.port, round_trip / 2]
        return self.start("slow-link", command, port, lambda: redis.Redis(port=port).ping())

    def cluster(self, count):
        """A Redis Cluster of so many primaries without replicas."""
        servers = []
        for _ in range(count):
            port = free_port()
            flags = [
                "--cluster-enabled",
                "yes",
                "--cluster-config-file",
                f"nodes-{port}.conf",
                "--cluster-port",
                free_port(),
            ]
            servers.append(self.redis(port, *flags))
        clients = [redis.Redis(port=server.port) for server in servers]
        bus = [client.config_get("cluster-port")["cluster-port"] for client in clients]
        for i, client in enumerate(clients):
            client.execute_command("CLUSTER", "ADDSLOTSRANGE", 16384 * i // count, 16384 * (i + 1) // count - 1)
            client.execute_command("CLUSTER", "MEET", "127.0.0.1", servers[0].port, bus[0])
        for server, client in zip(servers, clients):
            server.wait_until(lambda: "cluster_state:ok" in _text(client.execute_command("CLUSTER", "INFO")))
        return servers

    def cartd(self, *flags, store=None, scheme="redis", environment=None):
        """cartd in front of the Redis server `store`, or with carts in memory; `environment` is added to ours."""
        port = free_port()
        command = [self.bin / "cartd", "--listen", f"127.0.0.1:{port}", "--log-level", "warn", *flags]
        if store:
            command += ["--redis-url", f"{scheme}://127.0.0.1:{store.port}"]
        return self.start("cartd", command, port, lambda: http_request(port, "GET", "/readyz")[0] == 200, environment)

    def nginx(self, body, headers):
        """nginx that answers everything with 200 and these bytes, from one worker."""
        port = free_port()
        quoted = body.replace("\\", "\\\\").replace("'", "\\'")
        if "$" in body + "".join(headers.values()):
            raise BenchError("nginx would take a $ in the answer for a variable")
        fields = "".join(f"add_header {name} '{value}';" for name, value in headers.items())
        config = self.folder / f"nginx-{port}.conf"
        config.write_text(f"""daemon off; master_process off; worker_processes 1;
pid {self.folder}/nginx-{port}.pid; error_log stderr error;
events {{ worker_connections 16384; }}
http {{
  access_log off; server_tokens off; keepalive_requests 1000000000; keepalive_timeout 75s;
  client_body_temp_path {self.folder}; proxy_temp_path {self.folder}; fastcgi_temp_path {self.folder};
  uwsgi_temp_path {self.folder}; scgi_temp_path {self.folder};
  server {{ listen 127.0.0.1:{port}; default_type application/json; {fields} location / {{ return 200 '{quoted}'; }} }}
}}
""")
        return self.start(
            "nginx", ["nginx", "-e", "stderr", "-c", config], port, lambda: http_request(port, "GET", "/")[0] == 200
        )

    def file(self, name, text):
        path = self.folder / name
        path.write_text(text)
        return path


def _text(answer):
    if isinstance(answer, dict):  # Newer clients take it apart.
        return "".join(f"{name}:{value}\n" for name, value in answer.items())
    return answer.decode() if isinstance(answer, bytes) else answer


def http_request(port, method, path, body=None):
    """Status, header fields and body of one request on a connection of its own."""
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=5)
    try:
        connection.request(method, path, body, {"Content-Type": "application/json"} if body else {})
        answer = connection.getresponse()
        return answer.status, answer.getheaders(), answer.read().decode()
    finally:
        connection.close()
