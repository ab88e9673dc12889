"""The command line."""

import argparse
import sys
from typing import NoReturn

import bearer
from language import LANGUAGES, t

DEFAULT = "de"
ABOUT = """Brings the members of a chamber to the Clusterportal, out of a CSV file. README.md says more.

Ends with 0 when every row was taken, 1 when some were rejected, 2 when the guard against deletions stopped the run,
3 when it failed or the portal could not be reached, 4 when something has to be set right first (options, mapping, file,
token)."""


class Parser(argparse.ArgumentParser):
    """A parser that ends with an exit code of ours."""

    misuse = 2

    def error(self, message: str) -> NoReturn:
        self.print_usage(sys.stderr)
        self.exit(self.misuse, f"{self.prog}: {message}\n")


def chosen_language(arguments: list[str]) -> str:
    """The language, before anything is said: also what is wrong with the options is said in it."""
    first = argparse.ArgumentParser(add_help=False, allow_abbrev=False, exit_on_error=False)
    first.add_argument("--lang", default=DEFAULT)
    try:
        language: str = first.parse_known_args(arguments)[0].lang
    except argparse.ArgumentError:
        return DEFAULT
    return language if language in LANGUAGES else DEFAULT


def percent(text: str) -> int:
    """Reads a whole number from 0 to 100."""
    if not text.isdecimal() or int(text) > 100:
        raise argparse.ArgumentTypeError(t("must be a whole number from 0 to 100"))
    return int(text)


def minutes(text: str) -> float:
    """Reads how long to wait."""
    try:
        return float(text.replace(",", "."))
    except ValueError:
        raise argparse.ArgumentTypeError(t("must be a number of minutes")) from None


def parser(misuse: int) -> Parser:
    """The options; `misuse` is the exit code when they are wrong."""
    # argparse says its own words through this function.
    argparse._ = t  # type: ignore[attr-defined]
    options = Parser(prog="chamber_sync.py", description=t(ABOUT), formatter_class=argparse.RawDescriptionHelpFormatter)
    options.misuse = misuse
    add = options.add_argument
    add("file", help=t("the export, as CSV with a header"))
    add("--mapping", required=True, metavar="FILE", help=t("what its columns mean, as mapping.toml shows"))
    add(
        "--mode",
        choices=("delta", "full"),
        default="delta",
        help=t("full: what is not in the file is deleted (delta)"),
    )
    add("--dry-run", action="store_true", help=t("let the portal judge everything, and write nothing"))
    add(
        "--max-deletion-percent",
        type=percent,
        metavar="N",
        help=t("the most that a full run may delete, in percent (10)"),
    )
    add("--base-url", metavar="URL", help=t("the portal's address; else that of the mapping"))
    add(
        "--token-file",
        metavar="FILE",
        help=t("a file that holds the token alone; else ${variable}", variable=bearer.VARIABLE),
    )
    add(
        "--patience",
        type=minutes,
        default=15.0,
        metavar="MINUTES",
        help=t("how long to wait for a busy portal, in minutes (15)"),
    )
    add("--rejections", metavar="FILE", help=t("write all rejections to a CSV file"))
    add(
        "--output",
        metavar="FILE",
        help=t("send nothing; write the body to a file (.gz: compressed; -: standard output)"),
    )
    add("--lang", choices=LANGUAGES, default=DEFAULT, help=t("the language of messages (de)"))
    return options
