#!/usr/bin/env python3
"""select_tests.py finds the program of a test before anything is built, and the test afterwards."""

import pathlib
import re
import sys
import unittest
from unittest import mock

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent.parent))
import select_tests  # noqa: E402

SOURCES = {"cart_tests": ["cart_tests.Cart.Adds", "cart_tests.Store.Reads"], "user_tests": ["user_tests.User.Renames"]}


def ignoring_case(expression):
    return re.compile(expression, re.IGNORECASE).search


class Selection(unittest.TestCase):
    def programs(self, expression, *known):
        with mock.patch.object(select_tests, "names_in_sources", lambda: SOURCES):
            with mock.patch.object(select_tests, "names_known_to_ctest", lambda _: list(known)):
                return select_tests.programs("build", ignoring_case(expression))

    def test_only_programs_with_such_tests_are_built(self):
        self.assertEqual(self.programs("ADDS|reads"), ["cart_tests"])
        self.assertEqual(self.programs("user"), ["user_tests"])

    def test_parameters_of_built_programs_count(self):
        self.assertEqual(self.programs("valkey", "user_tests.Servers/User.Renames/valkey"), ["user_tests"])

    def test_everything_is_built_where_only_a_parameter_may_match(self):
        self.assertEqual(self.programs("valkey", "cart_tests_NOT_BUILT"), ["cart_tests", "user_tests"])

    def test_tests_that_are_no_programs_build_nothing(self):
        self.assertEqual(self.programs("arrows", "lint.ArrowsPointDownOnly"), [])

    def test_numbers_are_those_of_ctest(self):
        with mock.patch.object(
            select_tests, "names_known_to_ctest", lambda _: ["a_tests.A.B", "b_tests_NOT_BUILT", "b.C"]
        ):
            self.assertEqual(select_tests.numbers("build", ignoring_case("b")), [1, 3])

    def test_the_names_of_this_tree_are_found(self):
        names = select_tests.names_in_sources()
        self.assertIn("domain_tests", names)
        self.assertTrue(all(names.values()))


if __name__ == "__main__":
    unittest.main()
