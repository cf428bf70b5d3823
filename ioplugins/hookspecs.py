"""The hooks of a plugin: what they are called, when, and with what.

A plugin is a module (or an instance of a class of yours) whose functions carry ``@hookimpl``.
Each function is named like one of the specifications below and takes those of its parameters
that it needs. This one, ``stopwatch.py``, logs how long each call of a function took::

    import logging
    import time

    from ioplugins import hookimpl

    log = logging.getLogger("stopwatch")


    @hookimpl(wrapper=True)
    def ioplugins_call(call):
        began = time.perf_counter()
        try:
            return (yield)  # the function runs here: its answer, or what it raises
        finally:
            log.info("%s took %.3f s", call.function.name, time.perf_counter() - began)

Its package announces it by an entry point, here in ``pyproject.toml``::

    [project.entry-points."ioplugins.plugins"]
    stopwatch = "stopwatch"

Once ``pip install`` has put it beside ioplugins, each host finds it at its start, and
``ioplugins list`` shows it. An implementation under a name that no specification has, or with
a parameter that its specification does not have, keeps the plugin from loading: the report says
so. Hooks are called in the alphabetical order of the plugins' names; ``tryfirst=True`` and
``trylast=True`` change that, as in any pluggy project.

A connector package (an entry point in the group ``ioplugins.connectors``) whose source is a
module or an instance may carry hooks as well.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import pluggy
from attrs import field, frozen

if TYPE_CHECKING:
    import click

    from ioplugins.callinfo import Call
    from ioplugins.configuration import Configuration
    from ioplugins.registry import Registry

#: pluggy's name of this project: the prefix of its hooks.
PROJECT: Final = "ioplugins"

hookspec = pluggy.HookspecMarker(PROJECT)
hookimpl = pluggy.HookimplMarker(PROJECT)


@frozen
class Host:
    """What serves the functions in this process.

    Attributes:
        name: Its kind: ``"granian"``, ``"werkzeug"``, ``"gunicorn"``, ``"lambda"``, ...
        configuration: The functions and settings it serves.
        pid: The process id of this worker.
    """

    name: str
    configuration: Configuration = field(repr=False)
    pid: int


@hookspec
def ioplugins_register(registry: Registry) -> None:
    """Register extension functions that no decorator or entry point announces.

    Called once in each process that loads functions, after the TARGET or the connector
    packages were added and before the configuration is frozen. When it raises, none of this
    plugin's functions is registered and the report says so.

    Args:
        registry: An empty registry of this plugin's own; what it holds afterwards joins the
            others. ``registry.add(source, connector_id="...")`` adds a whole source.
    """


@hookspec
def ioplugins_startup(host: Host) -> None:
    """Open what the plugin needs while the host runs (a pool, an exporter, a thread).

    Called once in each worker process, after fork and before its first call. When it raises,
    the host does not start.

    Args:
        host: The host and the configuration it serves.
    """


@hookspec
def ioplugins_shutdown(host: Host) -> None:
    """Close what :func:`ioplugins_startup` opened, and send what is still buffered.

    Called once in each worker process, after its last call. When it raises, the error is
    logged and the other plugins are still called. A process that is killed, and a Lambda
    environment, may end without it.

    Args:
        host: The very record that :func:`ioplugins_startup` got.
    """


@hookspec(firstresult=True)
def ioplugins_call(call: Call) -> object | None:
    """Wrap the call of an extension function: before, after, on error.

    Called for each call, in the thread that runs the function, after the request was checked
    and the function was found, before the answer is checked and encoded.

    Write it as a generator with ``@hookimpl(wrapper=True)`` and exactly one ``yield``, which
    gives the function's answer or raises what the function raised. What the generator returns
    is the answer; an error that it lets pass is answered as if the plugin were not there. To
    refuse a call, or to change its error, raise :class:`ioplugins.ExtensionError`. Any other
    error of the plugin becomes a :class:`ioplugins.errors.PluginError` that names it.

    A time limit that ran out raises :class:`ioplugins.errors.FunctionTimeout`; an error that
    the function gave to its callback and that is no exception, such as text, comes as the
    ``error`` of a :class:`ioplugins.errors.FunctionFailed`.

    A plain implementation (no ``wrapper=True``) stands in for the function: None passes the
    call on, anything else is the answer, and the function is not run unless the implementation
    calls ``call.run()`` (a cache, a retry). None cannot be answered in this way.

    Without any implementation a call pays nothing for this hook.

    Args:
        call: The call: its function, options and ids; the same record for each plugin.
    """


@hookspec
def ioplugins_add_commands(group: click.Group) -> None:
    """Add commands to the command line ``ioplugins``.

    Called once, when the command line is asked for a command that is not its own or for the
    list of all; its own commands start without it. When it raises, a warning names the plugin
    and the others' commands are there.

    Args:
        group: The group of all commands: ``group.add_command(command)``.
    """
