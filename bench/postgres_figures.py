"""What carts in PostgreSQL take: adds that are on its disk before they are answered, beside its own pgbench."""

import os
import pathlib
import pwd
import statistics
import subprocess

import pace
from loads import wrk
from machine import BenchError, free_port
from outbox_figures import metric
from table import Row, ratio_at_least

CONNECTIONS = 64

# The table of carts once more, and what a commit does to a row of it.
COPY = """
CREATE TABLE guarded (LIKE cartd.carts INCLUDING ALL) WITH (fillfactor = 75);
INSERT INTO guarded (id, layout, token, version, owner, metadata, created_at, updated_at, expires_at, forget_at, lines,
  replay)
SELECT id, layout, 1, version, owner, metadata, created_at, updated_at, expires_at, forget_at, lines, replay
FROM cartd.carts;
VACUUM ANALYZE guarded;
VACUUM ANALYZE cartd.carts;
"""
GUARDED_UPDATE = """\\set cart random(100000, 100999)
UPDATE guarded SET layout = 1, token = token, version = version + 1, updated_at = now(),
  expires_at = now() + interval '7 days', forget_at = now() + interval '8 days',
  lines = jsonb_set(lines, '{0,quantity}', to_jsonb((lines->0->>'quantity')::int + 1)), replay = replay
WHERE id = 'user-' || :cart AND token = 1 AND forget_at > now();
"""


def programs():
    """The folder with the server's programs: Debian's newest version."""
    found = sorted(pathlib.Path("/usr/lib/postgresql").glob("*/bin/initdb"), key=lambda path: float(path.parts[-3]))
    if not found:
        raise BenchError("there is no PostgreSQL server: ./dev deps bench")
    return found[-1].parent


def as_server(command):
    """The server refuses to run as root."""
    if os.geteuid() != 0:
        return command
    return ["setpriv", "--reuid=postgres", "--regid=postgres", "--clear-groups", "--pdeathsig=KILL", "--", *command]


def server(machine):
    """A server with its usual settings, which syncs each transaction, and its programs' folder."""
    binaries, port = programs(), free_port()
    folder = machine.folder / "postgres"
    folder.mkdir()
    machine.folder.chmod(0o711)
    if os.geteuid() == 0:
        os.chown(folder, *(lambda user: (user.pw_uid, user.pw_gid))(pwd.getpwnam("postgres")))
    initdb = [binaries / "initdb", "-D", folder / "data", "-U", "cartd", "--auth=trust", "--no-instructions"]
    subprocess.run(as_server(initdb), check=True, stdout=subprocess.DEVNULL, cwd=folder)
    command = [binaries / "postgres", "-D", folder / "data", "-c", f"port={port}", "-c", "listen_addresses=127.0.0.1"]
    command += ["-c", f"unix_socket_directories={folder}", "-c", "dynamic_shared_memory_type=mmap"]
    ready = [binaries / "pg_isready", "-q", "-h", "127.0.0.1", "-p", str(port)]
    machine.start("postgres", as_server(command), port, lambda: subprocess.run(ready, check=False).returncode == 0)
    return port, binaries


def pgbench(machine, port, binaries, seconds=3):
    """Guarded updates a second, one a transaction, by as many clients."""
    script = machine.file("guarded.sql", GUARDED_UPDATE)
    command = [binaries / "pgbench", "-n", "-M", "prepared", "-c", CONNECTIONS, "-j", 2, "-T", pace.seconds(seconds)]
    command += ["-f", script, "-h", "127.0.0.1", "-p", port, "-U", "cartd", "postgres"]
    done = subprocess.run([str(part) for part in command], check=False, capture_output=True, text=True)
    for line in done.stdout.splitlines():
        if line.startswith("tps = "):
            return float(line.split()[2])
    raise BenchError(f"pgbench said nothing of its speed: {done.stderr.strip()[-300:]}")


def postgres(machine):
    """Adds beside pgbench, which does an equivalent guarded update of rows of the same size on the same server."""
    port, binaries = server(machine)
    url = f"postgresql://cartd@127.0.0.1:{port}/postgres"
    store = machine.cartd("--store-deadline", "10s", environment={"DATABASE_URL": url})
    wrk(store.port, "add")
    psql = ["psql", "-q", "-v", "ON_ERROR_STOP=1", url]
    subprocess.run(psql, input=COPY, check=True, text=True)
    rates = {"add": [], "pgbench": [], "get": []}
    transactions = []
    for _ in range(pace.rounds):
        before = metric(store.port, "cartd_postgres_transactions_total")
        figures = wrk(store.port, "add", connections=CONNECTIONS)
        rates["add"].append(figures["rate"])
        after = metric(store.port, "cartd_postgres_transactions_total")
        transactions.append((after - before) / figures["requests"])
        rates["pgbench"].append(pgbench(machine, port, binaries))
        rates["get"].append(wrk(store.port, "get", connections=CONNECTIONS)["rate"])
    rate = {name: statistics.median(figures) for name, figures in rates.items()}
    clients = f"{CONNECTIONS} connections"
    return [
        Row(
            f"PostgreSQL add (synced), {clients}",
            "1/s",
            rate["add"],
            f"pgbench guarded UPDATE (synced), {CONNECTIONS} clients",
            rate["pgbench"],
            **ratio_at_least(0.5),
        ),
        Row(f"PostgreSQL read, {clients}", "1/s", rate["get"]),
        Row(f"transactions per PostgreSQL add, {clients}", "", statistics.median(transactions)),
    ]
