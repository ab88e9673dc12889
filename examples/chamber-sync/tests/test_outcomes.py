"""What the client says of runs that came to an end, and how it ends."""

import csv
import unittest.mock

from tests.sync_test_case import Screen, SyncTestCase


class Outcomes(SyncTestCase):
    def test_all_rows_are_taken_and_a_second_run_changes_nothing(self):
        self.write("1;Süß & Söhne;DE144", "2;B;DE145")
        self.assertEqual(self.run_it(), 0)
        self.assertEqual(self.portal.members["1"]["name"], "Süß & Söhne")
        self.assertIn("2 received, 2 created, 0 updated, 0 unchanged, 0 deleted, 0 rejected", self.said)
        self.assertEqual(self.run_it("--mode", "full"), 0)
        self.assertIn("0 created, 0 updated, 2 unchanged", self.said)
        self.assertIn("deletion of what is not in the file: completed", self.said)

    def test_a_dry_run_says_so(self):
        self.write("1;A;DE144")
        self.assertEqual(self.run_it("--dry-run"), 0)
        self.assertIn("dry run, nothing was written", self.said)
        self.assertIn("1 created", self.said)
        self.assertEqual(self.portal.members, {})

    def test_rejections_name_the_row_of_the_file(self):
        self.write("1;A;DE144", "", "2;B;FR10", "3;;DE144")
        self.assertEqual(self.run_it(), 1)
        self.assertIn("rejected row 4, 2: /region: is not a region", self.said)
        self.assertIn("rejected row 5, 3: /name: is required", self.said)
        self.assertIn("warning: 1 of 3 rows have faults that can be seen here:\n  row 5: /name: is", self.warned)

    def test_many_rejections_are_fetched_page_by_page(self):
        self.write(*(f"={number};A;FR10" for number in range(1450)))
        path = self.folder / "rejections.csv"
        self.assertEqual(self.run_it("--rejections", str(path)), 1)
        self.assertIn("and 1430 more", self.said)
        rows = list(csv.DictReader(path.read_text(encoding="utf-8-sig").splitlines(), delimiter=";"))
        self.assertEqual([row["row"] for row in rows], [str(number) for number in range(2, 1452)])
        self.assertEqual((rows[7]["external_id"], rows[7]["reason"]), ("'=7", "is not a region"))
        self.assertEqual(sum("rejections" in request for request in self.portal.requests), 8)

    def test_a_list_of_rejections_that_breaks_off_does_not_hide_the_outcome(self):
        self.write(*(f"{number};A;FR10" for number in range(1001)))
        self.portal.plan_of_gets = ["", "404"]
        self.assertEqual(self.run_it("--rejections", str(self.folder / "rejections.csv")), 1)
        self.assertIn("1001 rejected", self.said)
        self.assertIn("the list of rejections is not complete", self.warned)

    def test_the_guard_stops_a_run_and_a_higher_percentage_confirms_it(self):
        self.portal.members = {str(number): {} for number in range(20)}
        self.write("x;A;DE144")
        self.assertEqual(self.run_it("--mode", "full"), 2)
        self.assertIn("stopped: 20 of 20 would be deleted", self.said)
        self.assertIn("raise --max-deletion-percent", self.said)
        self.assertEqual((len(self.portal.members), self.posts()), (21, 1))
        self.assertEqual(self.run_it("--mode", "full", "--max-deletion-percent", "100"), 0)
        self.assertEqual(self.portal.members.keys(), {"x"})

    def test_a_row_that_cannot_be_told_apart_stops_the_sweep(self):
        self.portal.members = {"1": {}, "2": {}}
        self.write("3;A;DE144", "1;B")
        self.assertEqual(self.run_it("--mode", "full"), 1)
        self.assertIn("deletion of what is not in the file: skipped: a line has no external_id", self.said)
        self.assertEqual(self.portal.members.keys(), {"1", "2", "3"})

    def test_a_full_run_of_nothing_is_not_sent(self):
        self.write()
        self.assertEqual(self.run_it("--mode", "full"), 4)
        self.assertEqual(self.portal.requests, [])

    def test_a_terminal_shows_how_far_it_is(self):
        self.write_many(5_000)
        with unittest.mock.patch.object(Screen, "is_terminal", True):
            self.assertEqual(self.run_it(), 0)
        self.assertIn(f"[{30 * '#'}] 100%  5000 lines", self.warned)
        self.run_it()
        self.assertEqual(self.warned, "")
