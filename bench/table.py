"""What a measurement prints."""


def print_table(columns, rows):
    """A Markdown table: the names of the columns, and a list of cells for each row."""
    print(f"\n| {' | '.join(columns)} |\n|{'---|' * len(columns)}")
    for row in rows:
        print(f"| {' | '.join(row)} |")
