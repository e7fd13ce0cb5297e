"""Standard input: exact, ended explicitly, bounded by credit."""

import os
import unittest

import frames
from sandbox import Sandbox

WINDOW = 1 << 20


class Stdin(unittest.TestCase):
    def setUp(self):
        self.sandbox = self.enterContext(Sandbox())

    def feed(self, data, end=True):
        """Sends like the worker: never more than the window ahead of the credit."""
        state = {"sent": 0, "ended": False}

        def more(credit):
            while state["sent"] < len(data) and state["sent"] - credit < WINDOW:
                size = min(60000, len(data) - state["sent"], WINDOW - (state["sent"] - credit))
                self.sandbox.send(frames.frame(frames.STDIN, data[state["sent"] : state["sent"] + size]))
                state["sent"] += size
            if end and state["sent"] == len(data) and not state["ended"]:
                self.sandbox.send(frames.frame(frames.STDIN_EOF))
                state["ended"] = True

        credit = [0]

        def on_frame(kind, payload):
            if kind == frames.STDIN_CREDIT:
                credit[0] += frames.numbers(payload)[1]
                more(credit[0])

        more(0)
        stage = self.sandbox.finish(on_frame)
        return stage, state["sent"]

    def test_ten_megabytes_go_through_cat_unchanged(self):
        data = os.urandom(10 << 20)
        self.sandbox.start(["cat"], stdin=1, stdout_cap=1 << 30)
        stage, sent = self.feed(data)
        self.assertEqual(stage.stdout, data)
        self.assertEqual((sent, stage.credit), (len(data), len(data)))

    def test_input_that_nobody_reads_stays_in_the_window(self):
        self.sandbox.start(["sh", "-c", "sleep 0.3; echo unread"], stdin=1)
        stage, sent = self.feed(bytes(10 << 20))
        self.assertEqual(stage.exit["code"], 0)
        self.assertTrue(32768 < stage.credit_at_output <= 65536, stage.credit_at_output)  # what a pipe holds
        self.assertLess(sent, 10 << 20)

    def test_input_to_a_closed_stdin_is_thrown_away_and_credited(self):
        self.sandbox.start(["sh", "-c", "exec <&-; sleep 0.3; echo end"], stdin=1)
        stage, sent = self.feed(bytes(10 << 20))
        self.assertEqual((sent, stage.credit, stage.stdout, stage.exit["code"]), (10 << 20, 10 << 20, b"end\n", 0))

    def test_a_closed_stdin_without_input_costs_nothing(self):
        stage = self.sandbox.run(["sh", "-c", "exec <&-; sleep 0.5"], stdin=1)
        self.assertLess(stage.exit["cpu_us"], 100000)

    def test_empty_input_is_end_of_file(self):
        stage = self.sandbox.run(["cat"])
        self.assertEqual((stage.stdout, stage.exit["code"]), (b"", 0))

    def test_end_of_file_comes_only_when_it_is_sent(self):
        self.sandbox.start(["cat"], stdin=1)
        self.sandbox.send(frames.frame(frames.STDIN, b"a"))
        seen = []
        while not seen or seen[-1][0] != frames.STDOUT:
            seen.append(self.sandbox.next())
        self.sandbox.send(
            frames.frame(frames.STDIN, b""), frames.frame(frames.STDIN, b"b"), frames.frame(frames.STDIN_EOF)
        )
        self.assertEqual(self.sandbox.finish_from(seen).stdout, b"ab")

    def test_more_than_the_window_is_refused(self):
        self.sandbox.start(["sleep", "60"], stdin=1)
        self.sandbox.send(frames.frame(frames.STDIN, bytes(WINDOW)), frames.frame(frames.STDIN, bytes(100000)))
        self.assertEqual(self.sandbox.error()[::2], ("bad_frame", 120))

    def test_input_where_none_was_announced_is_refused(self):
        self.sandbox.start(["sleep", "60"])
        self.sandbox.send(frames.frame(frames.STDIN, b"x"))
        self.assertEqual(self.sandbox.error()[::2], ("bad_frame", 120))

    def test_input_after_its_end_is_refused(self):
        self.sandbox.start(["sleep", "60"], stdin=1)
        self.sandbox.send(frames.frame(frames.STDIN_EOF), frames.frame(frames.STDIN, b"x"))
        self.assertEqual(self.sandbox.error()[::2], ("bad_frame", 120))

    def test_what_one_stage_did_not_read_never_reaches_the_next(self):
        self.sandbox.start(["true"], stdin=1)
        self.sandbox.send(frames.frame(frames.STDIN, b"secret" * 1000))
        self.sandbox.finish()
        self.sandbox.start(["cat"], stdin=1)
        self.sandbox.send(frames.frame(frames.STDIN, b"mine"), frames.frame(frames.STDIN_EOF))
        self.assertEqual(self.sandbox.finish().stdout, b"mine")


if __name__ == "__main__":
    unittest.main()
