"""The command line: a skin that parses, calls, echoes and exits.

Exit status, the same for every command: 0 done, every limit kept; 1 a limit broken; 2 the question could not be asked
(option, file, column or value, or a fault of ours) or the answer not be written; 3 inconclusive; 4 nothing could be
assessed; 130 interrupted; 141 the reader of the answer went away (see `streams.READER_GONE`).
"""

from __future__ import annotations

import sys
from importlib import import_module

import click

from fairaudit.cli.streams import READER_GONE, OutputError, finish, prepare
from fairaudit.errors import FairAuditError
from fairaudit.flags import typed
from fairaudit.text import log_line

COMMANDS = {
    "audit": "audit",
    "fit": "fit",
    "calibrate": "calibrate",
    "predict": "predict",
    "explain": "explain",
    "power": "power",
    "init": "init",
    "check": "check",
    "baseline": "baseline",
    "compare": "compare",
    "merge": "merge",
    "verify": "verify",
    "config": "config",
    "datasets": "datasets",
    "selftest": "selftest",
}
"""Command → module that holds it; imported when it is called, so that `--help` answers at once."""
SUMMARIES = {
    "audit": "Measure predictions, decisions or outcomes that are in a table.",
    "fit": "Fit a plain and a fairer model and audit both on held-out rows.",
    "calibrate": "Trace the fairness–performance path and fit the strength that a rule chooses.",
    "predict": "Write what a saved model predicts of each row of a table.",
    "explain": "Tell which factors carry predictions and gaps, and on what a pool of models agrees.",
    "power": "Tell which gaps an audit would find, and how many people a given one needs.",
    "init": "Write a commented fairaudit.toml, guessed from the columns of a table.",
    "check": "Hold limits and a baseline against data or models, for continuous integration.",
    "baseline": "Store today's results, so that check fails where they become worse.",
    "compare": "Say what changed beyond chance between two audits.",
    "merge": "Add score tables up, and audit all their rows together.",
    "verify": "Say whether data, configuration and versions behind a result are the same.",
    "config": "Print the JSON Schema of fairaudit.toml.",
    "datasets": "List, describe and export the embedded tables.",
    "selftest": "Compute published numbers anew, and say how many digits agree.",
}
INTERRUPTED = 130


class Commands(click.Group):
    """A group whose commands are imported when they are needed."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        """Names of the commands, in the order of the help page."""
        return list(COMMANDS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        """The command of that name."""
        if cmd_name not in COMMANDS:
            return None
        command: click.Command = import_module(f"fairaudit.cli.{COMMANDS[cmd_name]}").command
        return command

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """The list of commands, without importing them."""
        with formatter.section("Commands"):
            formatter.write_dl(list(SUMMARIES.items()))


@click.group(
    cls=Commands,
    context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100},
    epilog="Exit status: 0 done; 2 the question could not be asked, with one message that says why; 1, 3 and 4 are"
    " verdicts of check, verify, compare and selftest.",
)
@click.version_option(package_name="fairaudit-cli", prog_name="fairaudit")
def cli() -> None:
    """Audit tables of people and predictions for unfairness, see why, and fit fairer models.

    \b
    Try it on an embedded table:
      fairaudit audit compas
      fairaudit fit compas --reduce 90 --report compas.html

    \b
    Or on your own:
      fairaudit audit scores.csv --prediction score --target y --protected sex --protected age
    """
    from fairaudit.clock import settle

    settle()


def main() -> None:
    """Run the command line and exit."""
    prepare()
    sys.exit(_status())


def _status() -> int:
    """Run the command line; the exit status, after the message that explains it."""
    try:
        with typed():
            status = cli.main(standalone_mode=False)
        finish()
    except click.ClickException as error:
        vars(error)["message"] = log_line(error.message)  # an argument may come from a script that read the data
        error.show()
        return 2
    except FairAuditError as error:
        click.echo(f"Error: {error}", err=True)
        return 2
    except OutputError as error:
        if error.reader_gone:
            return READER_GONE
        click.echo(f"Error: the result could not be written to standard output: {error}", err=True)
        return 2
    except (click.Abort, KeyboardInterrupt):
        click.echo("Interrupted.", err=True)
        return INTERRUPTED
    except Exception as error:
        return _fault(error)
    return status if isinstance(status, int) else 0


def _fault(error: Exception) -> int:
    """Tell of what is no mistake of the user: memory that is lacking, or a fault of ours; the exit status."""
    from fairaudit.memory import lacking

    if lacking(error):
        reason = f" ({log_line(str(error))})" if str(error) else ""
        click.echo(
            f"Error: there is not enough memory for this{reason}; name fewer attributes or bands, ask for fewer"
            " --bootstrap replicates and --permutations, or run it on a larger machine",
            err=True,
        )
    else:
        import traceback

        for line in traceback.format_exc().splitlines():
            click.echo(f"| {log_line(line)}", err=True)  # an exception may quote the data, on lines of its own
        click.echo(
            "Error: this is a fault of fairaudit, not of your data; please report it with the lines above.", err=True
        )
    return 2
