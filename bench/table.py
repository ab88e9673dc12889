"""The tables that a measurement prints."""

import os
import platform
import sys


class Table:
    """Cells by subject and database, in order of insertion, after further columns about the subject."""

    def __init__(self, *about):
        self.about, self.rows, self.columns = about, {}, []

    def add(self, database, subject, cell, *about):
        print(f"{database}: {subject}: {cell}", file=sys.stderr)
        if database not in self.columns:
            self.columns.append(database)
        row = self.rows.setdefault(subject, dict.fromkeys(self.about, ""))
        row |= {column: text for column, text in zip(self.about, about) if text}
        row[database] = cell

    def print(self):
        columns = [*self.about, *self.columns]
        print_table(["", *columns], [[subject, *(row.get(it, "") for it in columns)]
                                     for subject, row in self.rows.items()])


def print_table(columns, rows):
    """Prints a Markdown table, from column names and a list of cells per row."""
    print(f"\n| {' | '.join(columns)} |\n|{'---|' * len(columns)}")
    for row in rows:
        print(f"| {' | '.join(row)} |")


def machine():
    with open("/proc/cpuinfo", encoding="utf-8") as file:
        models = [line.split(":")[1].strip() for line in file if line.startswith("model name")]
    memory = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") / 2**30
    cores = len(os.sched_getaffinity(0))
    return f"{cores} cores, {models[0] if models else platform.machine()}, {memory:.0f} GiB"
