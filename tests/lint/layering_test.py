#!/usr/bin/env python3
"""That tests/layering.py refuses what it is there to refuse, and nothing else."""
import pathlib
import subprocess
import sys
import tempfile
import unittest

LAYERING = pathlib.Path(__file__).resolve().parent.parent / "layering.py"


def layering(files):
    """Exit code and output of the check on a tree of {path: text}."""
    with tempfile.TemporaryDirectory() as folder:
        for path, text in files.items():
            file = pathlib.Path(folder, path)
            file.parent.mkdir(parents=True, exist_ok=True)
            file.write_text(text)
        run = subprocess.run([sys.executable, LAYERING, "--src", folder], capture_output=True, text=True)
        return run.returncode, run.stdout + run.stderr


class Layering(unittest.TestCase):
    def accepts(self, path, include):
        code, said = layering({path: f"#pragma once\n#include {include}\n"})
        self.assertEqual((code, said), (0, ""))

    def refuses(self, path, include):
        code, said = layering({path: f"#pragma once\n#include {include}\n"})
        self.assertEqual(code, 1, said)
        self.assertIn(f"{path}:2:", said)

    def test_arrows_that_point_down_are_accepted(self):
        self.accepts("domain/a.h", '"domain/ids.h"')
        self.accepts("domain/a.h", "<vector>")
        self.accepts("domain/a.h", "<boost/system/result.hpp>")
        self.accepts("store/a.h", "<boost/asio/awaitable.hpp>")
        self.accepts("store/redis/a.h", '"redis/client.h"')
        self.accepts("redis/topology/a.h", '"redis/replication/safety.h"')
        self.accepts("service/a.h", '"outbox/outbox.h"')
        self.accepts("apps/cartd/a.h", '"store/memory/memory_store.h"')

    def test_arrows_that_point_up_are_refused(self):
        self.refuses("domain/a.h", '"api/rest/json.h"')
        self.refuses("redis/a.h", '"domain/cart.h"')
        self.refuses("redis/topology/a.h", '"redis/client.h"')
        self.refuses("redis/connection/a.h", '"redis/topology/server.h"')
        self.refuses("redis/replication/a.h", '"redis/connection/link.h"')
        self.refuses("redis/protocol/a.h", '"redis/connection/failure.h"')
        self.refuses("store/a.h", '"store/redis/redis_store.h"')
        self.refuses("outbox/a.h", '"service/cart_service.h"')
        self.refuses("service/a.h", '"api/rest/routes.h"')
        self.refuses("http/a.h", '"api/rest/problem.h"')

    def test_a_neighbour_is_not_reached_past(self):
        self.refuses("api/rest/a.h", '"store/memory/memory_store.h"')
        self.refuses("api/rest/a.h", '"store/cart_store.h"')
        self.refuses("api/rest/a.h", '"outbox/outbox.h"')
        self.refuses("api/rest/a.h", '"journal/journal.h"')
        self.refuses("store/memory/a.h", '"store/redis/redis_store.h"')

    def test_what_comes_with_a_header_counts_too(self):
        tree = {
            "api/rest/a.h": '#include "service/b.h"\n',
            "service/b.h": '#include "domain/c.h"\n#include "service/d.h"\n',
            "service/d.h": "",
            "domain/c.h": "",
            "outbox/e.h": "",
        }
        self.assertEqual(layering(tree), (0, ""))
        tree["service/d.h"] = '#include "outbox/e.h"\n'
        code, said = layering(tree)
        self.assertEqual(code, 1)
        self.assertIn("api/rest/a.h:1: api/rest may not use outbox: service/d.h brings in outbox/e.h", said)

    def test_the_domain_knows_no_input_or_output(self):
        self.refuses("domain/a.h", "<boost/asio/awaitable.hpp>")
        self.refuses("domain/a.h", "<sys/socket.h>")
        self.refuses("domain/a.h", "<unistd.h>")

    def test_the_protocol_of_redis_knows_no_input_or_output(self):
        self.refuses("redis/protocol/a.h", "<boost/asio/awaitable.hpp>")
        self.refuses("redis/replication/a.h", "<boost/asio/awaitable.hpp>")

    def test_the_http_server_knows_nothing_of_carts(self):
        self.refuses("http/a.h", '"domain/cart.h"')
        self.refuses("http/a.h", '"service/cart_service.h"')
        self.accepts("api/rest/a.h", '"http/router.h"')

    def test_the_port_shows_no_more_of_boost_than_awaitable_and_result(self):
        self.refuses("store/a.h", "<boost/asio/io_context.hpp>")
        self.refuses("store/a.h", "<boost/json.hpp>")

    def test_third_party_headers_stay_in_their_folder(self):
        self.refuses("service/a.h", "<hiredis/hiredis.h>")
        self.refuses("service/a.h", "<boost/beast/http.hpp>")
        self.refuses("redis/a.h", "<nlohmann/json.hpp>")

    def test_a_source_file_includes_its_own_header_first(self):
        tree = {"domain/a.cpp": '// Why.\n#include "domain/a.h"\n#include <vector>\n', "domain/a.h": ""}
        self.assertEqual(layering(tree), (0, ""))
        tree["domain/a.cpp"] = '#include <vector>\n#include "domain/a.h"\n'
        code, said = layering(tree)
        self.assertEqual(code, 1)
        self.assertIn('domain/a.cpp:1: "domain/a.h" has to come first', said)
        tree["domain/a.cpp"] = ""
        self.assertEqual(layering(tree)[0], 1)

    def test_spelling_does_not_help(self):
        self.refuses("domain/a.h", '"../format/change.h"')
        self.refuses("domain/a.h", '"ids.h"')
        code, said = layering({"domain/a.cpp": '  #  include  "api/rest/json.h"\n', "domain/a.h": ""})
        self.assertEqual(code, 1, said)

    def test_a_new_folder_must_be_given_its_place(self):
        code, said = layering({"extras/a.h": ""})
        self.assertEqual(code, 1)
        self.assertIn("new folder", said)

    def test_a_tree_without_headers_is_an_error(self):
        self.assertEqual(layering({"domain/a.txt": ""})[0], 1)


if __name__ == "__main__":
    unittest.main()
