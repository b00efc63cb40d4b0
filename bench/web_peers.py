"""What a shop would write or pick instead: carts on Fastify and ioredis, in nginx with Lua, and webdis.

For an add, Fastify and nginx do HINCRBY, EXPIRE and HGETALL in one pipeline, for a read HGETALL, and one HGETALL more
where carts have names and prices. webdis does the one command that its URL names.
"""

import json
import os
import pathlib
import shutil
import subprocess

from machine import BenchError, free_port, http_request

FILES = pathlib.Path(__file__).with_name("peers")
NODE_PACKAGES = ["fastify@5", "ioredis@5"]
LUA_MODULES = ["ndk_http_module.so", "ngx_http_lua_module.so"]


class MissingPeer(BenchError):
    """What is not installed, and how to get it."""


def _require(program, how):
    if not shutil.which(program):
        raise MissingPeer(f"there is no {program} here; {how}")


def _node_modules(cache):
    """Fetched once, into the build folder, with the registry that npm is set up for."""
    modules = cache / "node_modules"
    if not (modules / "ioredis").is_dir():
        cache.mkdir(parents=True, exist_ok=True)
        command = [
            "npm",
            "install",
            "--prefix",
            cache,
            "--no-save",
            "--no-audit",
            "--no-fund",
            "--loglevel=error",
            *NODE_PACKAGES,
        ]
        try:
            subprocess.run(command, check=True, capture_output=True, text=True, timeout=120)
        except (OSError, subprocess.SubprocessError) as error:
            why = (getattr(error, "stderr", None) or str(error)).strip()[-200:]
            raise MissingPeer(f"npm could not fetch {' and '.join(NODE_PACKAGES)}: {why}") from None
    return modules


def fastify(machine, store, processes=2):
    for program in ("node", "npm"):
        _require(program, "install Node.js 20 or later with npm")
    environment = {
        "NODE_PATH": str(_node_modules(machine.bin.parent / "peers").resolve()),
        "NODE_ENV": "production",
    }
    port = free_port()
    command = ["node", FILES / "fastify.js", port, store.port, processes]
    return machine.start(
        "fastify", command, port, lambda: http_request(port, "GET", "/bare/carts/none")[0] == 200, environment
    )


def nginx_lua(machine, store, workers=2):
    _require("nginx", "./dev deps bench installs it")
    folder = pathlib.Path("/usr/lib/nginx/modules")
    if (
        not all((folder / module).exists() for module in LUA_MODULES)
        or not pathlib.Path("/usr/share/lua/5.1/nginx/redis.lua").exists()
    ):
        raise MissingPeer("nginx has no Lua module with resty redis here; ./dev deps bench installs it")
    port = free_port()
    config = machine.file(
        f"nginx-lua-{port}.conf",
        "".join(f"load_module {folder / module};\n" for module in LUA_MODULES)
        # Else workers that root starts are nobody, who may not read the script.
        + ("user root;\n" if os.geteuid() == 0 else "")
        + f"""daemon off; worker_processes {workers};
pid {machine.folder}/nginx-lua.pid; error_log stderr error;
events {{ worker_connections 16384; }}
http {{
  access_log off; keepalive_requests 1000000000; default_type application/json;
  client_body_temp_path {machine.folder}; proxy_temp_path {machine.folder}; fastcgi_temp_path {machine.folder};
  uwsgi_temp_path {machine.folder}; scgi_temp_path {machine.folder};
  server {{
    listen 127.0.0.1:{port} reuseport;
    set $redis_port {store.port};
    location ~ ^/(?<kind>bare|detailed)/carts/(?<cart>[^/]+) {{ content_by_lua_file {FILES / "carts.lua"}; }}
  }}
}}
""",
    )
    command = ["nginx", "-e", "stderr", "-c", config]
    return machine.start("nginx-lua", command, port, lambda: http_request(port, "GET", "/bare/carts/none")[0] == 200)


def webdis(machine, store, threads=2):
    _require("webdis", "./dev deps bench installs it")
    port = free_port()
    settings = {
        "redis_host": "127.0.0.1",
        "redis_port": store.port,
        "http_host": "127.0.0.1",
        "http_port": port,
        "threads": threads,
    }
    settings |= {"pool_size": 20, "daemonize": False, "verbosity": 0, "logfile": str(machine.folder / "webdis.log")}
    config = machine.file("webdis.json", json.dumps(settings))
    return machine.start("webdis", ["webdis", config], port, lambda: http_request(port, "GET", "/PING")[0] == 200)
