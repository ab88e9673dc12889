"""What must hold in the database itself, whatever happened: by its own checks, and by counting.

A server may be running; it must have nothing to write.
"""

import collections
import datetime
import sqlite3
import struct

from portal import expect

# Statements that count mistakes, the same for both databases.
MISTAKES = {
    "versions of a record have gaps":
        "SELECT count(*) FROM (SELECT record FROM revisions GROUP BY record"
        " HAVING count(*) <> max(version) OR min(version) <> 1) AS t",
    "versions of a record are not in the order in which they were written":
        "SELECT count(*) FROM (SELECT version, row_number() OVER (PARTITION BY record ORDER BY seq) AS place"
        " FROM revisions) AS t WHERE version <> place",
    "the last revision of a record is not what it is":
        "SELECT count(*) FROM records AS r LEFT JOIN revisions AS v ON v.record = r.id AND v.version = r.version"
        " WHERE v.record IS NULL OR v.content <> r.content OR v.status <> r.status OR v.visible <> r.visible",
    "a revision is later than its record":
        "SELECT count(*) FROM revisions AS v LEFT JOIN records AS r ON v.record = r.id"
        " WHERE r.id IS NULL OR v.version > r.version",
    "postings are not where their record is":
        "SELECT count(*) FROM postings AS p LEFT JOIN records AS r ON p.record = r.id"
        " WHERE r.id IS NULL OR p.visible <> r.visible OR p.sort_name <> r.sort_name",
    "records have no terms":
        "SELECT count(*) FROM records AS r LEFT JOIN forward_places AS p ON p.record = r.id WHERE p.record IS NULL",
    "records have no search document, or one of another name":
        "SELECT count(*) FROM records AS r LEFT JOIN search_documents AS d ON d.record = r.id"
        " WHERE d.record IS NULL OR d.sort_name <> r.sort_name",
    "search documents have no record":
        "SELECT count(*) FROM search_documents WHERE record NOT IN (SELECT id FROM records)",
    "runs are under way that nobody works on":
        "SELECT count(*) FROM sync_runs WHERE state = 'running'",
    "a run that ended has no end, or one that was swept was not received":
        "SELECT count(*) FROM sync_runs WHERE finished_at IS NULL OR sweep = 'pending'"
        " OR (state IN ('failed', 'interrupted') AND sweep = 'done')",
}
FIRST_DAY, LAST_DAY = datetime.date(1, 1, 1), datetime.date(9999, 12, 31)
EPOCH = datetime.date(1970, 1, 1).toordinal()


# The SQLite that can read the tokens of search.
CONTENTLESS_DELETE = (3, 43, 0)
skipped = set()


def skip(what):
    """Says loudly, and once, what is not looked at."""
    if what not in skipped:
        print(f"SKIPPED: {what}", flush=True)
        skipped.add(what)


def check(database):
    ask = Postgres(database) if database.name == "PostgreSQL" else Sqlite(database)
    try:
        ask.check_itself()
        for mistake, statement in MISTAKES.items():
            number = ask.rows(statement)[0][0]
            expect(int(number) == 0, f"{mistake}: {number}")
        check_counts(ask)
    finally:
        ask.close()


def check_counts(ask):
    """Postings against the terms of the records, counts against postings."""
    spans, kept = collections.defaultdict(list), {}
    for number, octets in ask.rows(f"SELECT number, {ask.hex('entries')} FROM forward_blocks"):
        kept[int(number)] = list(entries(bytes.fromhex(octets)))
    for record, block, slot in ask.rows(f"SELECT {ask.hex('record')}, block, slot FROM forward_places"):
        spans[record.lower()] = kept[int(block)][int(slot)]
    posted = collections.defaultdict(list)
    signatures = collections.defaultdict(set)
    columns = f"term, {ask.hex('record')}, since, until, signature"
    for term, record, since, until, signature in ask.rows(f"SELECT {columns} FROM postings"):
        posted[record.lower()].append((int(term), day(since), day(until)))
        signatures[record.lower()].add(int(signature) % 2**64)
    wrong = [it for it in spans.keys() | posted.keys() if sorted(spans[it]) != sorted(posted[it])]
    expect(not wrong, f"postings and the forward index disagree about {len(wrong)} records, as {wrong[:1]}: "
                      f"{[(sorted(posted[it]), sorted(spans[it])) for it in wrong[:1]]}")
    wrong = [it for it, found in signatures.items() if found != {signature_of(spans[it])}]
    expect(not wrong, f"the signatures of {len(wrong)} records are not those of their terms, as {wrong[:1]}")
    names = {int(number): tuple(rest) for number, *rest in ask.rows("SELECT number, kind, facet, value FROM terms")}
    counted = collections.Counter()
    for record, kind, visible in ask.rows(f"SELECT {ask.hex('id')}, kind, visible FROM records"):
        count(counted, kind, truth(visible), spans[record.lower()], names)
    kept = collections.Counter()
    rows = ask.rows("SELECT kind, visible, region, facet, value, day, number FROM term_counts")
    for kind, visible, region, facet, value, since, number in rows:
        kept[kind, truth(visible), region, facet, value, begun(day(since))] += int(number)
    wrong = [it for it in kept.keys() | counted.keys() if kept[it] != counted[it]]
    expect(not wrong, f"{len(wrong)} counts are wrong, as {[(it, kept[it], counted[it]) for it in wrong[:3]]}"
                      " (kept, counted)")


def entries(octets):
    """The terms of each record of a block, as `persistence/src/forward/block.rs` says."""
    place = 0

    def number():
        nonlocal place
        value = shift = 0
        while True:
            octet = octets[place]
            place += 1
            value |= (octet & 127) << shift
            shift += 7
            if octet < 128:
                return value

    while place < len(octets):
        found, term = [], 0
        for _ in range(max(0, number() - 1) >> 1):
            step = number()
            term += step >> 1
            since, until = FIRST_DAY, LAST_DAY
            if step & 1:
                since, until = (day(it) for it in struct.unpack_from("<ii", octets, place))
                place += 8
            found.append((term, since, until))
        yield found


def signature_of(spans):
    """As `persistence/src/signature.rs` says."""
    signature = 0
    for term, _, _ in spans:
        octets = term * 0x9e3779b97f4a7c15 % 2**64
        signature |= 1 << (octets >> 58) | 1 << (octets >> 52 & 63)
    return signature


def count(counted, kind, visible, spans, names):
    """Counts a record as `persistence/src/counts.rs` says."""
    regions = [names[term][2] for term, _, _ in spans if names[term][1] == "region"]
    own = [max(regions, key=len)] if kind == "member" and regions else []
    named = [(names[term][1:], since, until) for term, since, until in spans]
    for region in ["", *own]:
        for (facet, value), since, until in [*named, (("record", ""), FIRST_DAY, LAST_DAY)]:
            counted[kind, visible, region, facet, value, begun(since)] += 1
            if until < LAST_DAY:
                counted[kind, visible, region, facet, value, begun(until + datetime.timedelta(1))] -= 1


def begun(since):
    """The days that lie behind us are one."""
    return FIRST_DAY if since <= datetime.datetime.now(datetime.timezone.utc).date() else since


def day(value):
    """Databases give days as text, or as a number since 1970."""
    if isinstance(value, str) and "-" in value[1:]:
        return datetime.date.fromisoformat(value)
    return datetime.date.fromordinal(int(value) + EPOCH)


def truth(value):
    return value in (1, "t", "1")


class Sqlite:
    """Beside the server that has it open."""

    def __init__(self, database):
        self.connection = sqlite3.connect(database.file, timeout=60, isolation_level=None)

    def rows(self, statement):
        return self.connection.execute(statement).fetchall()

    @staticmethod
    def hex(column):
        return f"hex({column})"

    def check_itself(self):
        found = self.rows("PRAGMA integrity_check")
        expect(found == [("ok",)], f"integrity_check: {found[:5]}")
        found = self.rows("PRAGMA foreign_key_check")
        expect(not found, f"foreign_key_check: {found[:5]}")
        found = self.rows("SELECT count(*) FROM search_documents WHERE number NOT IN"
                          " (SELECT id FROM search_tokens_docsize)")
        found += self.rows("SELECT count(*) FROM search_tokens_docsize WHERE id NOT IN"
                           " (SELECT number FROM search_documents)")
        expect(found == [(0,), (0,)], f"documents without tokens, tokens without document: {found}")
        if sqlite3.sqlite_version_info < CONTENTLESS_DELETE:
            skip(f"the text indexes of SQLite are not checked: that of python is {sqlite3.sqlite_version}")
            return
        for (table,) in self.rows("SELECT name FROM sqlite_schema WHERE sql LIKE '%USING fts5%'"):
            try:
                self.rows(f"INSERT INTO {table}({table}) VALUES ('integrity-check')")
            except sqlite3.DatabaseError as error:
                expect(False, f"integrity-check of {table}: {error}")

    def close(self):
        self.connection.close()


class Postgres:
    """Over psql."""

    def __init__(self, database):
        self.database = database

    def rows(self, statement):
        text = self.database.run("psql", "-d", self.database.url, "-Atq", "-v", "ON_ERROR_STOP=1", "-c", statement)
        return [line.split("|") for line in text.splitlines()]

    @staticmethod
    def hex(column):
        return f"replace(replace({column}::text, '-', ''), '\\x', '')"

    def check_itself(self):
        found = self.rows("SELECT indexrelid::regclass FROM pg_index WHERE NOT indisvalid")
        expect(not found, f"indexes are not valid: {found}")
        if not self.rows("SELECT name FROM pg_available_extensions WHERE name = 'amcheck'"):
            skip("the structures of PostgreSQL are not checked: it has no amcheck here")
            return
        self.rows("CREATE EXTENSION IF NOT EXISTS amcheck")
        self.rows("SELECT bt_index_check(c.oid, true) FROM pg_class AS c JOIN pg_am AS a ON c.relam = a.oid"
                  " WHERE a.amname = 'btree' AND c.relkind = 'i' AND c.relpersistence = 'p'")
        found = self.rows("SELECT c.relname, h.blkno, h.offnum, h.msg FROM pg_class AS c, verify_heapam(c.oid) AS h"
                          " WHERE c.relkind IN ('r', 'm', 't') AND c.relpersistence = 'p'")
        expect(not found, f"verify_heapam: {found[:5]}")

    def close(self):
        """Every statement has a connection of its own."""
