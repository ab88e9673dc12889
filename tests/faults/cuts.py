"""Bodies that do not arrive as a whole: connections that are cut, streams that are cut and sent to a proper end."""

import itertools
import time

import integrity
import sendings
import wire
from aftermath import Expected
from kills import ended_run, start_anew
from portal import body_of, expect

ENCODINGS = [None, "gzip", "zstd"]
CONNECTION, STREAM = "connection cut", "stream truncated"
# What is cut, how it is packed, whether it is chunked, whether the end is a reset. A cut text that ends properly is
# a shorter text; nobody can tell.
WAYS = [*((CONNECTION, *how) for how in itertools.product(ENCODINGS, (True, False), (True, False))),
        *((STREAM, encoding, is_chunked, False) for encoding in ENCODINGS[1:] for is_chunked in (True, False))]


def rounds(scene, count):
    """Each way once, then at random. The whole load is larger than what is sent, so that it is quick."""
    ways = WAYS + scene.rng.choices(WAYS, k=max(0, count - len(WAYS)))
    for number, (what, encoding, is_chunked, is_abrupt) in enumerate(ways[:max(count, len(WAYS))], 1):
        sent = sendings.next_sending(scene.rng, scene.held, f"{number}-cut")
        whole = wire.packed(body_of(sent), encoding)
        on_wire = wire.chunked(whole, scene.rng) if what == CONNECTION and is_chunked else whole
        at = place(scene.rng, len(on_wire))
        detail = f"{encoding or 'text'}, {'chunked' if is_chunked else 'length'}, {at} of {len(on_wire)}"
        with scene.round(what, number, detail) as outcome:
            before = scene.portal.runs()[0]["id"]
            post = scene.portal.post(encoding=encoding, length=None if is_chunked else
                                     len(whole) if what == CONNECTION else at)
            if what == CONNECTION:
                cut(post, on_wire[:at], is_abrupt)
                answer = None
            else:
                post.send_all(wire.blocks(whole[:at]))
                answer = post.answer()
            run = await_run(scene, before)
            check_failed(run, answer)
            found = scene.portal.members()
            if run:
                Expected(scene.held, sent).check(found, run, is_sweepable=False)
            start_anew(scene)
            scene.portal.converge(found, sent)
            scene.held = sent
            outcome(f"failed at {run['counts']['received']}" if run else "it had not begun")
    integrity.check(scene.database)


def place(rng, size):
    """Anywhere, and more often at the ends, where heads and checksums are."""
    return rng.choice([rng.randrange(size), rng.randrange(size), rng.randrange(min(20, size)),
                       size - 1 - rng.randrange(min(12, size))])


def cut(post, octets, is_abrupt):
    try:
        post.send_raw(octets)
        # What was sent should arrive: a reset overtakes it.
        time.sleep(0.2 if is_abrupt else 0)
    except OSError:
        pass
    post.cut(is_abrupt)


def await_run(scene, before, patience=3):
    """The run; `None` if there is none, even a little later."""
    until = time.monotonic() + patience
    while (run := ended_run(scene, before, 90)) is None and time.monotonic() < until:
        time.sleep(0.05)
    return run


def check_failed(run, answer):
    if answer is not None:
        status, problem = answer
        expect(status == 400 and problem["type"].endswith("/broken-body"), f"it was answered {status}: {problem}")
        expect(problem["run"] == run, f"the answer has another run: {problem['run']}, {run}")
    if run is None:
        return
    expect(run["state"] == "failed", f"a body that did not arrive as a whole ended as {run['state']}: {run}")
    expect(run["sweep"]["state"] == "skipped" and run["sweep"]["reason"], f"the sweep is {run['sweep']}")
    expect(run["counts"]["deleted"] == 0 and run["counts"]["rejected"] == 0, f"the counts are {run['counts']}")
