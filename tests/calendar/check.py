"""Creates hostile events, then compares what two libraries read from the calendar with the JSON of the API.

    check.py URL TOKEN SEED READ.MJS
"""

import json
import random
import subprocess
import sys
import urllib.error
import urllib.request
from datetime import date, datetime, timedelta, timezone
from zoneinfo import ZoneInfo

from icalendar import Calendar

URL, TOKEN, SEED, READER = sys.argv[1:]

# What escaping and folding must survive: delimiters, escapes, folds inside of characters, property names, directions.
HOSTILE = [
    "a;b,c:d\\e", "\\n is no line", "\\\\", "\\,;:", '"quoted"', "^n ^' ^^", "BEGIN:VEVENT", "END:VCALENDAR", "=0D=0A",
    "ä" * 400, "😀" * 120, "x" * 73 + ";", "x" * 74 + ",", "x" * 75 + "\\", "x" * 72 + "漢字" * 30, "é" * 37 + " é",
    "שלום עולם", "مرحبا بالعالم", "ไทย", "e\u0301\u0323 combining", "👩‍🔬 family 👨‍👩‍👧", "DTSTART;TZID=Mars:1", "%0A%2C", "&amp; < 5",
]
# Zones with clock changes at midnight, by half an hour, far away, without any, and with a past of many rules.
ZONES = [
    "Europe/Berlin", "UTC", "Africa/Cairo", "America/Santiago", "Australia/Lord_Howe", "Asia/Kathmandu", "Africa/Casablanca",
    "Pacific/Apia", "America/New_York", "Europe/London", "Asia/Tokyo", "Etc/GMT+5", "America/Sao_Paulo", "Asia/Tehran",
]
# Clock changes: skipped and repeated hours, days without a midnight; and years that definitions of zones do not reach.
INSTANTS = [
    "2026-03-29T00:59:59Z", "2026-03-29T01:00:00Z", "2026-10-25T00:30:00Z", "2026-10-25T01:30:00Z", "2026-11-01T05:30:00Z",
    "2026-11-01T06:30:00Z", "1969-07-20T20:17:40Z", "1995-09-24T01:30:00Z", "2037-12-31T23:00:00Z", "2038-01-01T00:00:00Z",
    "2080-07-01T10:00:00Z", "2010-01-01T00:00:00Z", "2013-10-20T12:00:00Z", "2018-12-15T12:00:00Z", "2019-07-01T12:00:00Z", "2022-03-01T12:00:00Z", "2026-04-05T15:15:00.250Z", "2026-09-06T04:00:00Z", "2026-04-23T22:00:00Z",
]
DAYS = {"Africa/Cairo": "2026-04-24", "America/Santiago": "2026-09-06", "America/Sao_Paulo": "2018-11-04", "Europe/Berlin": "2026-10-25"}


def call(method, path, body=None):
    data = json.dumps(body).encode() if body is not None else None
    headers = {"Authorization": f"Bearer {TOKEN}", "Content-Type": "application/json", "If-Match": "*"}
    request = urllib.request.Request(URL + path, data, headers, method=method)
    with urllib.request.urlopen(request) as answer:
        return answer.read().decode()


def random_title(chance):
    """A title of letters of any script that the API takes."""
    letters = []
    for _ in range(chance.randint(1, 200)):
        code = chance.choice([chance.randint(0x20, 0x7E), chance.randint(0xA1, 0x2FF), chance.randint(0x4E00, 0x9FFF), chance.randint(0x1F300, 0x1F5FF)])
        letters.append(chr(code))
    # Text that looks like markup is refused.
    return "".join(letters).replace("<", "‹")


def create(events, title, fields):
    body = {"title": {"de": title}, "summary": {"de": "x"}, "format": "onsite", "scope": "regional", "status": "published"}
    try:
        events.append(json.loads(call("POST", "/api/v1/events", body | fields)))
    except urllib.error.HTTPError as error:
        raise SystemExit(f"{title!r} {fields}: {error.read().decode()}") from None


def create_all():
    chance = random.Random(int(SEED))
    events = []
    hour = {"starts_at": "2026-06-01T10:00:00", "ends_at": "2026-06-01T11:00:00"}
    for title in HOSTILE + [random_title(chance) for _ in range(150)]:
        prose = {"de": f"{title}\n{title}\n\n{title[:50]}"}
        create(events, title, hour | {"description": prose, "venue": {"name": title, "city": title[:90]}})
    for zone in ZONES:
        for instant in INSTANTS:
            end = datetime.fromisoformat(instant.replace("Z", "+00:00")) + timedelta(minutes=59, milliseconds=500)
            create(events, f"{zone} {instant}", {"starts_at": instant, "ends_at": end.isoformat(), "time_zone": zone})
    for zone, day in DAYS.items():
        end = (date.fromisoformat(day)).toordinal() + 2
        create(events, f"days in {zone}", {"starts_at": day, "ends_at": date.fromordinal(end).isoformat(), "time_zone": zone, "all_day": True})
    withdrawn = events.pop()
    call("DELETE", f"/api/v1/events/{withdrawn['id']}")
    return withdrawn


def expected():
    """What a calendar must say of each event, from the JSON."""
    found, address = {}, "/api/v1/events?limit=200"
    while address:
        page = json.loads(call("GET", address))
        for event in page["items"]:
            if event["status"] == "published":
                found[event["id"]] = event
        address = page["next"] and page["next"].removeprefix(URL)
    return found


def seconds(text, up):
    moment = datetime.fromisoformat(text.replace("Z", "+00:00"))
    rest = moment.microsecond > 0
    return int(moment.replace(microsecond=0).timestamp()) + (1 if up and rest else 0)


def compare(name, events, wanted, withdrawn):
    read = {event["uid"]: event for event in events}
    assert len(read) == len(events), f"{name}: an id stands twice"
    told = read.pop(withdrawn["id"])
    assert told["status"] == "CANCELLED" and told["title"] == "Zurückgezogen" and not told["description"], told
    assert read.keys() == wanted.keys(), f"{name}: other events: {read.keys() ^ wanted.keys()}"
    for id, event in wanted.items():
        got = read[id]
        what = f"{name}: {event['title']['de']!r}"
        assert got["title"] == event["title"]["de"], f"{what}: {got['title']!r}"
        prose = (event.get("description") or {}).get("de")
        if prose:
            assert f"\n\n{prose}" in got["description"], f"{what}: {got['description']!r}"
        venue = event.get("venue") or {}
        if venue.get("name"):
            assert got["place"].startswith(venue["name"]), f"{what}: {got['place']!r}"
        assert got["status"] == ("CANCELLED" if event["cancelled"] else "CONFIRMED"), what
        assert got["sequence"] == event["sequence"], what
        if event["all_day"]:
            last = date.fromisoformat(event["last_day"]).toordinal() + 1
            assert [got["start"], got["end"]] == [event["first_day"], date.fromordinal(last).isoformat()], f"{what}: {got}"
        else:
            wants = [seconds(event["starts_at"], False), seconds(event["ends_at"], True)]
            gets = [seconds(got["start"], False), seconds(got["end"], False)]
            assert gets == wants, f"{what}: {event['time_zone']} {event['starts_at']} {event['ends_at']}: {got}"


def by_icalendar(text):
    def moment(value):
        return value.astimezone(timezone.utc).isoformat().replace("+00:00", "Z") if isinstance(value, datetime) else value.isoformat()

    calendar = Calendar.from_ical(text)
    assert not calendar.errors, calendar.errors
    events = []
    for event in calendar.walk("VEVENT"):
        assert not event.errors, event.errors
        events.append({
            "uid": str(event["UID"]), "title": str(event["SUMMARY"]), "description": str(event.get("DESCRIPTION", "")),
            "place": str(event["LOCATION"]) if "LOCATION" in event else None, "status": str(event["STATUS"]), "sequence": int(event["SEQUENCE"]),
            "start": moment(event["DTSTART"].dt), "end": moment(event["DTEND"].dt),
        })
    return calendar, events


def check_zones(calendar):
    """The definitions of time zones must agree with the time zone database, at every instant of a test."""
    zones = calendar.walk("VTIMEZONE")
    assert len({str(zone["TZID"]) for zone in zones}) == len(zones), "a zone is defined twice"
    for zone in zones:
        for rules in zone.subcomponents:
            # dateutil compares UNTIL, which is in UTC, with local times.
            if "UNTIL" in rules.get("RRULE", {}):
                local = rules["RRULE"]["UNTIL"][0] + rules.TZOFFSETFROM
                rules["RRULE"]["UNTIL"] = [local.replace(tzinfo=None)]
        defined, known = zone.to_tz(lookup_tzid=False), ZoneInfo(str(zone["TZID"]))
        for year in range(2010, 2037):
            for month in range(1, 13):
                local = datetime(year, month, 15, 12)
                found, wanted = (local.replace(tzinfo=zone).utcoffset() for zone in (defined, known))
                assert found == wanted, f"{zone['TZID']} {local}: {found}, not {wanted}"
    return len(zones)


def main():
    withdrawn = create_all()
    wanted = expected()
    text = call("GET", "/api/v1/events.ics")
    for line in text.split("\r\n"):
        assert len(line.encode()) <= 75 and "\n" not in line, f"a line of {len(line.encode())} octets: {line!r}"
    calendar, events = by_icalendar(text)
    compare("icalendar", events, wanted, withdrawn)
    read = subprocess.run(["node", READER], input=text, capture_output=True, text=True, check=True)
    compare("ical.js", json.loads(read.stdout), wanted, withdrawn)
    zones = check_zones(calendar)
    assert str(calendar["NAME"]) and calendar["REFRESH-INTERVAL"].dt.total_seconds() == 3600
    for id in list(wanted)[:40]:
        _, one = by_icalendar(call("GET", f"/api/v1/events/{id}.ics"))
        assert one == [event for event in events if event["uid"] == id], id
    print(f"calendar: icalendar and ical.js read {len(wanted)} events and {zones} time zones as the JSON says them (seed {SEED})")


main()
