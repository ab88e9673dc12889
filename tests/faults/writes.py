"""The server is killed while many clients write single members, which share commits."""

import http.client
import json
import random
import threading
import time

import integrity
import sendings
from portal import BASE, expect

WRITERS = 24
LONGEST = 1.5  # seconds until the kill


class Writer(threading.Thread):
    """Puts one member after another, new ones and held ones, until the server is gone."""

    def __init__(self, portal, seed, names, round_number):
        super().__init__(daemon=True)
        self.portal, self.rng, self.names, self.round_number = portal, random.Random(seed), names, round_number
        self.puts, self.refused = {}, []  # external id: what was put, and whether it was answered 200 or 201

    def run(self):
        for name in self.names:
            record = sendings.draw(self.rng, sendings.number_of(name), f"{self.round_number}-write")
            self.puts[name] = record, False
            try:
                status, problem = self.portal.ask("PUT", f"{BASE}/members/{name}", json.dumps(record))
            except (OSError, http.client.HTTPException, ValueError):
                return
            if status in (200, 201):
                self.puts[name] = record, True
            else:
                self.refused.append((status, problem))


def rounds(scene, count):
    for number in range(1, count + 1):
        moment = scene.rng.uniform(0.05, LONGEST)
        with scene.round("kill -9 among writes", number, f"after {moment:.2f} s") as outcome:
            writers = [Writer(scene.portal, f"{number}/{it}", names, number) for it, names in enumerate(shares(scene))]
            for writer in writers:
                writer.start()
            time.sleep(moment)
            scene.portal.kill()
            for writer in writers:
                writer.join()
            scene.portal.start()
            refused = [it for writer in writers for it in writer.refused]
            expect(not refused, f"{len(refused)} writes were refused, as {refused[:1]}")
            puts = {name: put for writer in writers for name, put in writer.puts.items()}
            scene.held = check(scene, puts)
            integrity.check(scene.database)
            outcome(f"{sum(is_acknowledged for _, is_acknowledged in puts.values())} of {len(puts)} puts acknowledged")


def shares(scene):
    """Names for each writer, no name twice: half of them held, half of them new."""
    held = scene.rng.sample(list(scene.held), min(len(scene.held), 2_000))
    least = max(map(sendings.number_of, scene.held)) + 1
    names = [name for pair in zip(held, (sendings.external_id(least + it) for it in range(len(held)))) for name in pair]
    return [names[writer::WRITERS] for writer in range(WRITERS)]


def check(scene, puts):
    """What was acknowledged is there; what was not is as put or as before; all else is untouched. Returns all members."""
    found = scene.portal.members()
    for name in found.keys() | scene.held.keys() | puts.keys():
        put, is_acknowledged = puts.get(name, (None, False))
        allowed = [put] if is_acknowledged else [put, scene.held.get(name)] if put else [scene.held[name]]
        expect(found.get(name) in allowed, f"{name} is {found.get(name)}; allowed: {allowed}")
    return found
