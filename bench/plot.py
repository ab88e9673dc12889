"""Draws the growth of answer times."""

import matplotlib

matplotlib.use("svg")
import matplotlib.pyplot as pyplot  # noqa: E402
from matplotlib.ticker import LogLocator  # noqa: E402

# Readable on white and on black.
INK, COLOURS = "#808080", {"SQLite": "#1f88d9", "PostgreSQL": "#d9731f"}


def growth(file, drawn):
    """A panel per subject. `drawn`: triples of size, median and 99th percentile in ms, by subject and database."""
    settings = {"svg.fonttype": "none", "svg.hashsalt": "growth", "font.family": "sans-serif", "font.size": 8,
                "text.color": INK, "axes.edgecolor": INK, "axes.labelcolor": INK, "axes.titlecolor": INK,
                "xtick.color": INK, "ytick.color": INK}
    with pyplot.rc_context(settings):
        figure, panels = pyplot.subplots(1, len(drawn), figsize=(2.3 * len(drawn), 2.4), sharey=True, squeeze=False)
        for axes, (subject, databases) in zip(panels[0], drawn.items()):
            for name, points in databases.items():
                sizes, medians, tails = zip(*sorted(points))
                axes.plot(sizes, medians, "o-", markersize=3, color=COLOURS[name], label=f"{name}, median")
                axes.plot(sizes, tails, "o:", markersize=3, color=COLOURS[name], label=f"{name}, 99th percentile")
            axes.set(xscale="log", yscale="log", title=subject, xlabel="members", xticks=sizes,
                     xticklabels=[short(size) for size in sizes])
            axes.yaxis.set_major_locator(LogLocator(subs=(1, 2, 5)))
            axes.yaxis.set_major_formatter(lambda value, _: f"{value:g}")
            axes.minorticks_off()
            axes.grid(color=INK, alpha=0.25, linewidth=0.5)
            axes.spines[["top", "right"]].set_visible(False)
        panels[0][0].set_ylabel("milliseconds")
        figure.legend(*panels[0][0].get_legend_handles_labels(), loc="lower center", ncols=4, frameon=False)
        figure.tight_layout(rect=(0, 0.08, 1, 1))
        figure.savefig(file, transparent=True, metadata={"Date": None})
        pyplot.close(figure)


def short(count):
    return f"{count // 1_000_000} M" if count >= 1_000_000 else f"{count // 1000} k"
