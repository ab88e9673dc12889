"""What must hold in the database itself, whatever happened: by its own checks, and by counting.

A server may be running; it must have nothing to write.
"""

import collections
import json
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
        " WHERE v.record IS NULL OR v.status <> r.status OR v.visible <> r.visible",
    "a revision has no content, or one that another did not replace":
        "SELECT count(*) FROM revisions AS v JOIN records AS r ON r.id = v.record"
        " LEFT JOIN past_contents AS p ON p.seq = v.seq WHERE (p.seq IS NULL) <> (v.version = r.version)",
    "a revision is later than its record":
        "SELECT count(*) FROM revisions AS v LEFT JOIN records AS r ON v.record = r.id"
        " WHERE r.id IS NULL OR v.version > r.version",
    "terms with days are of no record, or of one that is not as visible":
        "SELECT count(*) FROM dated_terms AS d LEFT JOIN records AS r ON d.record = r.number"
        " WHERE r.id IS NULL OR d.visible <> r.visible",
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
        check_sets(ask)
    finally:
        ask.close()


def check_sets(ask):
    """The sets of terms against the records: all of a kind, and the values that stand in their content as they are."""
    sets = collections.defaultdict(set)
    columns = f"term, visible, chunk, {ask.hex('records')}"
    for term, visible, chunk, octets in ask.rows(f"SELECT {columns} FROM term_sets"):
        numbers = list(elements(bytes.fromhex(octets)))
        expect(all(number >> 18 == int(chunk) for number in numbers), f"a chunk of term {term} holds what is of others")
        sets[int(term), truth(visible)].update(numbers)
    for term, visible, record, in_set in ask.rows("SELECT term, visible, record, in_set FROM dated_terms"):
        is_in_set = int(record) in sets[int(term), truth(visible)]
        expect(is_in_set or not truth(in_set), f"the set of term {term} does not hold record {record}")
    names = {int(number): tuple(rest) for number, *rest in ask.rows("SELECT number, kind, facet, value FROM terms")}
    all_of_kind = {kind: term for term, (kind, facet, _) in names.items() if facet == "record"}
    expected = collections.defaultdict(set)
    rows = ask.rows(f"SELECT number, kind, visible, {ask.hex_of_text('content')} FROM records")
    for number, kind, visible, content in rows:
        content = json.loads(bytes.fromhex(content))
        values = [("record", "")]
        values += [(facet, content[facet]) for facet in PLAIN if isinstance(content.get(facet), str)]
        for facet, value in values:
            expected[(kind, facet, value), truth(visible)].add(int(number))
    for (term, visible), numbers in list(sets.items()):
        if names[term][1] in ("record", *PLAIN):
            wanted = expected.pop((names[term], visible), set())
            expect(numbers == wanted, f"the set of {names[term]} is {diff(numbers, wanted)}")
        else:
            everything = sets[all_of_kind[names[term][0]], visible]
            expect(numbers <= everything, f"the set of {names[term]} holds what is no such record")
    expect(not expected, f"there are no sets of {list(expected)[:3]}")


# Facets whose value is a field of its own, as it stands there.
PLAIN = ("chamber", "size_class", "visibility", "scope")


def diff(numbers, wanted):
    return f"without {sorted(wanted - numbers)[:3]}, and with {sorted(numbers - wanted)[:3]}, which are not so"


def elements(octets):
    """The elements of a Roaring bitmap in the portable format (RoaringFormatSpec)."""
    cookie, = struct.unpack_from("<I", octets)
    has_runs = cookie & 0xffff == 12347
    size = (cookie >> 16) + 1 if has_runs else struct.unpack_from("<I", octets, 4)[0]
    runs = octets[4:4 + (size + 7) // 8] if has_runs else bytes((size + 7) // 8)
    header = 4 + len(runs) if has_runs else 8
    place = header + 4 * size + (4 * size if not has_runs or size >= 4 else 0)
    for container in range(size):
        key, last = struct.unpack_from("<HH", octets, header + 4 * container)
        cardinality = last + 1
        if runs[container >> 3] >> (container & 7) & 1:
            number, = struct.unpack_from("<H", octets, place)
            pairs = struct.unpack_from(f"<{2 * number}H", octets, place + 2)
            lows = [it for start, more in zip(pairs[::2], pairs[1::2]) for it in range(start, start + more + 1)]
            place += 2 + 4 * number
        elif cardinality <= 4096:
            lows = struct.unpack_from(f"<{cardinality}H", octets, place)
            place += 2 * cardinality
        else:
            bits = octets[place:place + 8192]
            lows = [it for it in range(65_536) if bits[it >> 3] >> (it & 7) & 1]
            place += 8192
        yield from ((key << 16) + low for low in lows)


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

    @staticmethod
    def hex_of_text(column):
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
        return f"encode({column}, 'hex')"

    @staticmethod
    def hex_of_text(column):
        return f"encode(convert_to({column}, 'UTF8'), 'hex')"

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
