# SPDX-License-Identifier: BSD-2-Clause
"""What was measured, as tables, as targets that are met or not, and as a plot."""

import datetime
import os
import platform
import statistics
import subprocess

from jobs import JOBS, TYPES, find_program

HERE = os.path.dirname(os.path.abspath(__file__))
NEEDED = {"strace": ("strace", "no numbers of bpf() calls"),
          "gnuplot": ("gnuplot-nox", "no plot"),
          "bpftool": ("bpftool", "no comparison with bpftool batch"),
          "clang": ("clang", "no comparison with libbpf's .values")}
# What a bare program has to do for a plan is to read.
BARE_JOB = {"nothing to do, no iterator": "nothing to do",
            "plan after 1% drift": "nothing to do"}

PLOTTED = {"cold apply": "#1b6ca8", "nothing to do": "#2e8b57",
           "plan after 1% drift": "#b8860b", "rebind all": "#8b3a62",
           "destroy": "#444444"}


def missing():
    return [f"package {package} is missing: {lost}"
            for program, (package, lost) in NEEDED.items() if not find_program(program)]


class Taken:
    """All that was measured, by who did what for how many slots."""

    def __init__(self):
        self.runs = {}
        self.calls = {}

    def add(self, who, kind, job, slots, measured):
        self.runs.setdefault((who, kind, job, slots), []).append(measured)

    def count(self, who, kind, job, slots, calls):
        self.calls[who, kind, job, slots] = calls

    def median(self, who, kind, job, slots, field="wall"):
        runs = self.runs.get((who, kind, job, slots))
        return statistics.median(run[field] for run in runs) if runs else None

    def most(self, who, kind, job, slots, field):
        runs = self.runs.get((who, kind, job, slots))
        return max(run[field] for run in runs) if runs else None

    def sizes(self):
        return sorted({slots for _, _, _, slots in self.runs})


def divide(a, b):
    return None if a is None or not b else a / b


def show(value, form):
    return "" if value is None else format(value, form)


def ms(value):
    return "" if value is None else format(value * 1000, ".1f" if value < 1 else ",.0f")


def row(taken, kind, job, slots):
    bare_job = BARE_JOB.get(job, job)

    def both(field, scale, form):
        return [show(None if v is None else v / scale, form) for v in
                (taken.most("mimctl", kind, job, slots, field),
                 taken.most("bare", kind, bare_job, slots, field))]

    mine = taken.median("mimctl", kind, job, slots)
    bare = taken.median("bare", kind, bare_job, slots)
    cells = [f"{slots:,}", ms(mine), ms(bare), show(divide(mine, bare), ".2f"),
             ms(taken.median("mimctl", kind, job, slots, "process")),
             ms(taken.median("bare", kind, bare_job, slots, "process")),
             *both("memory", 1024, ".1f"),
             show(taken.calls.get(("mimctl", kind, job, slots)), ",d"),
             show(taken.calls.get(("bare", kind, bare_job, slots)), ",d")]
    return "| " + " | ".join(cells) + " |\n"


def job_tables(taken, kind):
    text = ""
    for job in JOBS:
        text += (f"\n### {kind}: {job}\n\n"
                 "| slots | mimctl ms | bare ms | ratio | mimctl process ms | bare process"
                 " ms | mimctl MiB | bare MiB | mimctl bpf() | bare bpf() |\n"
                 "|" + "--:|" * 10 + "\n")
        text += "".join(row(taken, kind, job, slots) for slots in taken.sizes())
    return text


def others_table(taken):
    text = ("\n## Other ways to make the same\n\n"
            "Cold apply beside what makes the same hierarchy otherwise, ms.\n\n"
            "| outer type | slots | mimctl | bpftool batch | ratio | libbpf .values |"
            " ratio |\n|---|" + "--:|" * 6 + "\n")
    for kind in TYPES:
        for slots in taken.sizes():
            mine, tool, values = (taken.median(who, kind, "cold apply", slots)
                                  for who in ("mimctl", "bpftool", "libbpf"))
            if tool is None and values is None:
                continue
            cells = [kind, f"{slots:,}", ms(mine), ms(tool),
                     show(divide(mine, tool), ".4f"), ms(values),
                     show(divide(mine, values), ".4f")]
            text += "| " + " | ".join(cells) + " |\n"
    return text


class Targets:
    """Each is a limit, what was measured, and whether that is within it."""

    def __init__(self, taken):
        self.taken = taken
        self.rows = []

    def add(self, name, limit, measured, form=".2f", unit="", process=None):
        verdict = "not measured"
        if measured is not None:
            verdict = "met" if measured <= limit else "**not met**"
        cells = [name, format(limit, form) + unit]
        cells += ["" if value is None else format(value, form) + unit
                  for value in (measured, process)]
        self.rows.append(f"| {' | '.join(cells)} | {verdict} |\n")

    def ratio(self, name, limit, mine, other, form=".2f"):
        """Of the medians of two: (who, kind, job, slots)."""
        wall, process = (divide(self.taken.median(*mine, field),
                                self.taken.median(*other, field))
                         for field in ("wall", "process"))
        self.add(name, limit, wall, form, "", process)

    def times(self, kind):
        for slots in (10000, 100000):
            self.ratio(f"{kind}: cold apply of {slots:,} slots, verified, to the bare program",
                       1.5, ("mimctl", kind, "cold apply", slots),
                       ("bare", kind, "cold apply", slots))
        same = ("mimctl", kind, "nothing to do", 100000)
        self.ratio(f"{kind}: nothing to do, 100,000 slots, to the bare program's read", 2.0,
                   same, ("bare", kind, "nothing to do", 100000))
        self.ratio(f"{kind}: plan after 1% drift, 100,000 slots, to nothing to do", 1.2,
                   ("mimctl", kind, "plan after 1% drift", 100000), same)
        self.ratio(f"{kind}: cold apply of 1,000 slots to bpftool batch", 1 / 300,
                   ("mimctl", kind, "cold apply", 1000),
                   ("bpftool", kind, "cold apply", 1000), ".5f")
        for job in ("cold apply", "nothing to do"):
            self.ratio(f"{kind}: {job}, 100,000 slots to 10,000", 11,
                       ("mimctl", kind, job, 100000), ("mimctl", kind, job, 10000))
        self.ratio(f"{kind}: text of 100,000 slots to libyaml's events", 2.0,
                   ("mimctl", kind, "text only", 100000),
                   ("bare", kind, "text only", 100000))

    def sizes(self, kind):
        taken = self.taken
        for slots in taken.sizes():
            most = [taken.most("mimctl", kind, job, slots, "memory") for job in JOBS]
            self.add(f"{kind}: peak memory of any job, {slots:,} slots",
                     40 + 400 * slots / 1e6, max(most) * 1024 / 1e6, ".1f", " MB")
        blind = taken.median("mimctl", kind, "nothing to do, no iterator", 1, "process")
        blind = None if blind is None else blind * 1000
        self.add(f"{kind}: one slot, nothing to do, process time without the iterator", 15,
                 blind, ".1f", " ms", blind)


def targets_table(taken):
    targets = Targets(taken)
    for kind in TYPES:
        targets.times(kind)
        targets.sizes(kind)
    return ("\n## Targets\n\nJudged by the wall clock; process time tells more where others "
            "were at work on the machine.\n\n| | target | measured | by process time | |\n"
            "|---|--:|--:|--:|---|\n" + "".join(targets.rows))


def machine():
    with open("/proc/cpuinfo", encoding="utf-8") as file:
        models = [line.split(":", 1)[1].strip() for line in file
                  if line.startswith("model name")]
    date = datetime.datetime.now(datetime.timezone.utc).strftime("%Y-%m-%d %H:%M UTC")
    load = os.getloadavg()
    return (f"Linux {platform.release()} {platform.machine()}, {os.cpu_count()} CPUs "
            f"({models[0] if models else 'unknown'}), {date}, load {load[2]:.1f} over the "
            "last 15 minutes.\n")


def plot(taken, folder):
    """Time against slots: a line for each job, the bare program's dashed."""
    lines, blocks = [], []
    for panel, kind in enumerate(TYPES):
        lines.append(f'set title "{kind}" noenhanced')
        plots = []
        for who, dash in (("mimctl", 1), ("bare", 2), ("bpftool", 3)):
            for job, color in PLOTTED.items():
                points = [(slots, taken.median(who, kind, job, slots))
                          for slots in taken.sizes()]
                points = [f"{x} {y * 1000}" for x, y in points if y is not None]
                if not points:
                    continue
                name = f"d{panel}_{len(blocks)}"
                blocks.append(f"${name} << END\n" + "\n".join(points) + "\nEND\n")
                plots.append(f'${name} with linespoints dashtype {dash} pointtype 7 '
                             f'pointsize 0.4 linecolor rgb "{color}" '
                             f'title "{who}: {job}" noenhanced')
        lines.append("plot " + ", ".join(plots))
    script = ("set terminal svg size 1100,620 dynamic background rgb 'white'\n"
              f"set output '{os.path.join(folder, 'RESULTS.svg')}'\n"
              + "".join(blocks) +
              "set multiplot layout 1,2\nset logscale xy\nset grid\n"
              "set key bottom outside center horizontal maxcols 2 font ',9'\n"
              "set xlabel 'slots'\nset ylabel 'milliseconds'\n" + "\n".join(lines) + "\n")
    subprocess.run([find_program("gnuplot")], input=script, text=True, check=True)


def write(taken, folder, lost):
    text = ("# What mimctl costs\n\n"
            "Written by one run of `tests/bench/run`. " + machine() +
            "\nThe bare program (`bare.c`) does only the unavoidable calls on the same file: "
            "libyaml's\nevents, one map creation a map, slots in bulk, one bulk read. Every "
            "slot has a map of its own.\nMedians of several rounds in which both take "
            "turns; memory is the most of any round.\nmimctl's apply reads everything back "
            "and holds all that it would need to go back.\n")
    text += "".join(f"\n{line}.\n" for line in lost)
    if find_program("gnuplot"):
        plot(taken, folder)
        text += "\n![time against slots](RESULTS.svg)\n"
    with open(os.path.join(HERE, "PROFILE.md"), encoding="utf-8") as profile:
        text += targets_table(taken) + "\n" + profile.read()
    text += others_table(taken) + "\n## Jobs\n"
    text += "".join(job_tables(taken, kind) for kind in TYPES)
    with open(os.path.join(folder, "RESULTS.md"), "w", encoding="utf-8") as out:
        out.write(text)
    print(targets_table(taken) + others_table(taken))
