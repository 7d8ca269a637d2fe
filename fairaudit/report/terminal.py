"""A result on a terminal: what matters, at 80 columns; everything else is in the other reports."""

from __future__ import annotations

from io import StringIO

from rich.console import Console, Group, RenderableType
from rich.padding import Padding
from rich.table import Table
from rich.text import Text

from fairaudit.report.document import lines
from fairaudit.report.lines import Block, Heading, Listing, Paragraph, TextGrid
from fairaudit.report.opening import Reported, opening
from fairaudit.text import log_lines


def render(result: Reported, width: int = 80, color: bool = False) -> str:
    """The result as lines of at most `width` characters, with colour codes only if asked."""
    stream = StringIO()
    console = Console(
        file=stream,
        width=width,
        force_terminal=color,
        color_system="standard" if color else None,
        legacy_windows=False,
        highlight=False,
    )
    show(result, console)
    return "\n".join(line.rstrip() for line in stream.getvalue().splitlines()) + "\n"


def show(result: Reported, console: Console) -> None:
    """Print the result on a console. Names from the data are plain text there: no markup, no control characters, and no
    command to a build server, wherever a line is broken."""
    opened = opening(result)
    head = [
        Text(opened.title, style="bold"),
        Text(opened.question),
        Text(" · ".join(f"{name} {value}" for name, value in opened.facts), style="dim"),
    ]
    with console.capture() as laid_out:
        console.print(Group(*head, *map(_drawn, lines(result))))
    console.file.write(log_lines(laid_out.get()))


def _drawn(block: Block) -> RenderableType:
    if isinstance(block, Heading):
        return Padding(Text(block.text, style="bold"), (1, 0, 0, 0))
    if isinstance(block, Paragraph):
        return Text(block.text, style=block.style)
    return _list(block) if isinstance(block, Listing) else _grid(block)


def _list(listing: Listing) -> Table:
    table = Table.grid(padding=(0, 1))
    table.add_column(justify="right")
    table.add_column()
    for number, sentence in enumerate(listing.sentences, 1):
        table.add_row(Text(f"{number}." if listing.numbered else "·"), Text(sentence))
    return table


def _grid(grid: TextGrid) -> Table:
    table = Table(box=None, pad_edge=False, padding=(0, 1), header_style="dim", show_edge=False)
    for head in grid.heads:
        table.add_column(
            Text(head.title),
            justify="left" if head.text else "right",
            overflow="fold" if head.text else "ellipsis",
            no_wrap=not head.text,
            max_width=head.width,
        )
    for line in grid.lines:
        table.add_row(*map(Text, line.fields), style=line.style)
    return table
