#!/usr/bin/env python3
"""That tests/background_tasks.py refuses what it is there to refuse, and nothing else."""
import pathlib
import subprocess
import sys
import tempfile
import unittest

CHECK = pathlib.Path(__file__).resolve().parent.parent / "background_tasks.py"


def check(files):
    """Exit code and output of the check on a tree of {path: text}."""
    with tempfile.TemporaryDirectory() as folder:
        for path, text in files.items():
            file = pathlib.Path(folder, path)
            file.parent.mkdir(parents=True, exist_ok=True)
            file.write_text(text)
        run = subprocess.run([sys.executable, CHECK, "--src", folder], capture_output=True, text=True)
        return run.returncode, run.stdout + run.stderr


class BackgroundTasks(unittest.TestCase):
    def refuses(self, path, line):
        code, said = check({path: f"// A file.\n{line}\n"})
        self.assertEqual(code, 1, said)
        self.assertIn(f"{path}:2:", said)

    def accepts(self, path, line):
        self.assertEqual(check({path: f"// A file.\n{line}\n"}), (0, ""))

    def test_a_task_whose_exception_is_dropped_is_refused(self):
        self.refuses("outbox/a.cpp", "asio::co_spawn(executor_, task(), asio::detached);")
        self.refuses("service/a.cpp", "#include <boost/asio/detached.hpp>")

    def test_a_handler_of_ones_own_is_refused(self):
        self.refuses("journal/a.cpp", "if (thrown) std::rethrow_exception(thrown);")

    def test_the_one_way_is_accepted(self):
        self.accepts("outbox/a.cpp", 'spawn(executor_, "a task", task());')
        self.accepts("runtime/spawn.cpp", "std::rethrow_exception(thrown);")

    def test_a_comment_is_no_code(self):
        self.accepts("outbox/a.cpp", "// Not asio::detached: that drops the exception.")

    def test_a_tree_without_sources_is_an_error(self):
        self.assertEqual(check({"outbox/a.txt": ""})[0], 1)


if __name__ == "__main__":
    unittest.main()
