"""What the client does when networks and servers fail, and when it is refused."""

import time

from tests.sync_test_case import SyncTestCase


class Faults(SyncTestCase):
    def test_a_cut_connection_is_sent_again(self):
        self.write_many(20_000)
        self.portal.plan = ["cut", "hang up"]
        self.assertEqual(self.run_it("--mode", "full"), 0)
        self.assertEqual([run["state"] for run in self.portal.runs], ["failed", "completed"])
        self.assertEqual(len(self.portal.members), 20_000)
        self.assertEqual(self.posts(), 3)

    def test_a_lost_answer_is_looked_up_instead_of_sent_again(self):
        self.write("1;A;DE144", "2;B;FR10")
        self.portal.plan = ["lost"]
        self.assertEqual(self.run_it("--mode", "full"), 1)
        self.assertIn("Run run-1: completed", self.said)
        self.assertEqual(self.posts(), 1)

    def test_a_lost_answer_of_the_guard_too(self):
        self.portal.members = {str(number): {} for number in range(20)}
        self.portal.plan = ["lost"]
        self.write("x;A;DE144")
        self.assertEqual(self.run_it("--mode", "full"), 2)
        self.assertEqual(self.posts(), 1)

    def test_a_body_that_arrived_without_its_end_is_sent_again(self):
        self.write("1;A;DE144")
        self.portal.plan = ["endless"]
        self.assertEqual(self.run_it("--mode", "full"), 0)
        self.assertEqual([run["state"] for run in self.portal.runs], ["failed", "completed"])

    def test_a_run_of_somebody_else_is_not_taken_for_ones_own(self):
        self.write("1;A;DE144", "2;B;DE144")
        self.assertEqual(self.run_it(), 0)
        self.portal.plan = ["swallow"]  # The last run is that of before, with as many lines.
        self.assertEqual(self.run_it(), 0)
        self.portal.plan = ["swallow, and another comes"]
        self.portal.lines_of_another = [b'{"external_id": "3", "name": "C", "kind": "company", "region": "DE144"}']
        self.assertEqual(self.run_it(), 0)
        self.assertEqual(self.posts(), 5)

    def test_a_run_of_somebody_else_with_as_many_lines_is_none_of_ones_own(self):
        self.write_many(20_000)
        self.portal.plan = ["hang up, and another comes"]
        self.portal.lines_of_another = 20_000 * [b'{"external_id": "3", "deleted": true}']
        self.assertEqual(self.run_it(), 0)
        self.assertEqual(len(self.portal.members), 20_000)

    def test_a_connection_that_breaks_each_time_is_given_up(self):
        self.write("1;A;DE144")
        self.portal.plan = ["hang up"] * 20
        self.assertEqual(self.run_it("--patience", "60"), 3)
        self.assertEqual(self.posts(), 6)
        self.assertIn("the connection broke 6 times", self.warned)

    def test_what_passes_is_waited_for_as_long_as_the_portal_says(self):
        self.write("1;A;DE144")
        self.portal.plan = ["503", "429", "502", "500", "409"]
        self.assertEqual(self.run_it(), 0)
        self.assertEqual(self.pauses, [7.0, 7.0, 1.0, 2.0, 4.0])
        self.assertIn("the portal answers 503; trying again", self.warned)

    def test_a_portal_that_is_away_is_waited_for_longer_and_longer(self):
        self.write("1;A;DE144")
        self.portal.plan_of_gets = ["hang up"] * 8
        self.assertEqual(self.run_it(), 0)
        self.assertEqual(self.pauses, [1, 2, 4, 8, 16, 32, 60, 60])
        self.portal.plan_of_gets = ["hang up"] * 8
        self.assertEqual(self.run_it("--patience", "0.1"), 3)
        self.assertEqual(self.pauses[8:], [1, 2])
        self.assertIn("for longer than --patience allows", self.warned)

    def test_another_run_is_waited_for(self):
        self.write("1;A;DE144")
        self.portal.plan = ["busy"]
        self.assertEqual(self.run_it(), 0)
        self.assertEqual(self.portal.requests.count("GET /run-1"), 2)
        self.assertEqual(self.posts(), 2)
        self.portal.plan, self.portal.polls_until_end = ["busy"], 99
        self.assertEqual(self.run_it("--patience", "0"), 3)

    def test_refusals_are_final(self):
        self.write("1;A;DE144")
        for status, code in {400: 3, 401: 4, 403: 4, 404: 4, 413: 3, 415: 3, 422: 3, 308: 4}.items():
            self.portal.requests.clear()
            self.portal.plan = [str(status)]
            self.assertEqual(self.run_it(), code, status)
            self.assertEqual(self.posts(), 1, status)
            self.assertIn(f"The portal refuses: {status}", self.warned)
        self.assertEqual((self.portal.members, self.pauses), ({}, []))

    def test_a_refusal_is_read_before_all_is_sent(self):
        self.write_many(40_000)
        self.portal.plan = ["413"]
        self.assertEqual(self.run_it(), 3)
        self.assertIn("The portal refuses: 413", self.warned)
        self.assertLess(self.portal.bytes_in_vain, 1_000_000)

    def test_a_file_that_changes_while_it_is_sent_deletes_nothing(self):
        self.portal.members = {"old": {}}
        self.write_many(20_000)
        begin = self.portal.begin

        def begin_and_write(*arguments):
            with self.path.open("a") as file:
                file.write("more;A;DE144\n")
            return begin(*arguments)

        self.portal.begin = begin_and_write
        self.assertEqual(self.run_it("--mode", "full", "--max-deletion-percent", "100"), 3)
        self.assertIn("is the export still being written", self.warned)
        deadline = time.monotonic() + 5
        while self.portal.runs[0]["state"] == "running" and time.monotonic() < deadline:
            time.sleep(0.01)
        self.assertEqual((self.portal.runs[0]["state"], self.portal.members), ("failed", {"old": {}}))
