"""``ioplugins check``: everything that would keep functions from being served as meant."""

from __future__ import annotations

import os
import sys
from pathlib import Path
from types import ModuleType
from typing import TYPE_CHECKING

import click
from attrs import frozen

from ioplugins.cli.shared import Command, connector_option, target_argument
from ioplugins.decorators import marks_of
from ioplugins.errors import (
    ConfigurationError,
    InvalidFunction,
    IopluginsError,
    ManifestError,
    TargetError,
    configuration_error,
)
from ioplugins.functions import where
from ioplugins.installed import PLUGINS
from ioplugins.kinds import SECTIONS
from ioplugins.manifest import read
from ioplugins.plugins import DISABLE, MANIFEST, discover
from ioplugins.registry import Registry
from ioplugins.targets import load, load_target

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator, Sequence

    from ioplugins.configuration import Configuration
    from ioplugins.plugins import Plugins


@frozen
class Finding:
    """One thing that is wrong: where it is, and what it is and how to mend it."""

    where: str
    what: str


@click.command("check", cls=Command)
@target_argument
@connector_option
def command(target: str | None, connectors: Sequence[str]) -> None:
    """Check TARGET, or everything installed; exit 1 when anything is wrong.

    Finds names that two functions claim, unknown kinds and sections, functions that cannot be
    called, packages that do not load or claim the same name, misspelt names in IOPLUGINS_LOAD
    and IOPLUGINS_DISABLE, and a frozen manifest that is out of date.

    \b
    Examples:
      ioplugins check functions.py
      ioplugins check
    """  # noqa: D301 - \b is click's mark for text that keeps its lines
    findings = list(_findings(target, connectors))
    for finding in findings:
        click.echo(f"{finding.where}\n  {finding.what}")
    if findings:
        click.echo(f"{len(findings)} finding{'s' if len(findings) > 1 else ''}.")
        raise click.exceptions.Exit(1)
    click.echo("Nothing is wrong.")


def _findings(target: str | None, connectors: Sequence[str]) -> Iterator[Finding]:
    yield from _in_manifest()
    try:
        loaded = load(target, connectors)
    except ManifestError:
        return  # _in_manifest() told it
    except IopluginsError as error:
        # It stopped at the first error: look for all of them, and at the packages too.
        yield from list(_in_targets(target, connectors)) or [_of(error, target or "configuration")]
        yield from _in_packages(discover(groups=[PLUGINS]).register(Registry()))
        return
    yield from _in_packages(loaded.plugins)
    try:
        yield from _in_functions(loaded.configuration())
    except ConfigurationError as error:
        yield _of(error, "configuration")


def _of(error: IopluginsError, place: str) -> Finding:
    """The finding that an error is; the texts of errors say what to do."""
    if isinstance(error, TargetError):
        return Finding(error.target, error.reason)
    if isinstance(error, InvalidFunction):
        return Finding(error.where, error.reason)
    if str(error) == str(configuration_error("neither")):
        advice = "Name a TARGET with extension functions, or install a connector package."
        return Finding(place, f"{error} {advice}")
    return Finding(place, str(error))


def _in_targets(target: str | None, connectors: Sequence[str]) -> Iterator[Finding]:
    """What is wrong with each TARGET that cannot be loaded, and with each function of modules."""
    named: list[tuple[str | None, str]] = [] if target is None else [(None, target)]
    for given in connectors:
        own_id, _, name = given.partition("=")
        if own_id and name:  # a malformed one is the error that load() raised
            named.append((own_id, name))
    for connector_id, name in named:
        try:
            source = load_target(name)
        except TargetError as error:
            yield _of(error, name)
            continue
        registry = Registry()
        for function in _marked(source) if isinstance(source, ModuleType) else ():
            try:
                registry.add(function, connector_id)
            except IopluginsError as error:
                yield Finding(where(function), _of(error, name).what)


def _marked(module: ModuleType) -> Collection[object]:
    """The marked functions of a module and its imported submodules, each once."""
    prefix = f"{module.__name__}."
    modules = [module, *(m for name, m in list(sys.modules.items()) if name.startswith(prefix))]
    marked = [value for m in modules for value in vars(m).values() if marks_of(value)]
    return {id(value): value for value in marked}.values()


def _in_packages(plugins: Plugins) -> Iterator[Finding]:
    for problem in plugins.problems:
        place = (
            f"{problem.plugin} ({problem.distribution})" if problem.distribution else problem.plugin
        )
        what = f"It failed while {problem.doing}: {problem.reason}."
        if problem not in plugins.unknown:
            what += (
                f" Mend or update the package, or switch it off with {DISABLE}={problem.plugin}."
            )
        yield Finding(place, what)


def _in_functions(configuration: Configuration) -> Iterator[Finding]:
    """What is registered and yet no call will reach."""
    for connector_id, functions in configuration.function_sets():
        holder = f"connector {connector_id}" if connector_id else "DIY functions"
        for skipped in functions.skipped:
            name = f"{skipped.section}.{skipped.name}" if skipped.section else skipped.name
            yield Finding(f"{holder}: {name}", f"It cannot be called: {skipped.reason}.")
        for section, held in functions.sections.items():
            if section is not None and section not in SECTIONS.values() and held:
                known = ", ".join(SECTIONS.values())
                yield Finding(
                    f"{holder}: {section}",
                    f"integrator.io asks for no section of this name. Rename it to one of {known}.",
                )


def _in_manifest() -> Iterator[Finding]:
    """How the frozen manifest differs from what is installed."""
    path = os.environ.get(MANIFEST)
    if not path:
        return
    try:
        frozen_entries = set(read(Path(path)))
    except ManifestError as error:
        yield Finding(path, error.reason)
        return
    environ = {key: value for key, value in os.environ.items() if key != MANIFEST}
    installed = {entry.become("found"): entry for entry in discover(environ=environ)}
    again = f"Write it again with `ioplugins freeze -o {path}`."
    for entry in sorted(frozen_entries - set(installed)):
        yield Finding(path, f"{entry.name} ({entry.package}: {entry.value}) is gone. {again}")
    for found, entry in installed.items():
        if found not in frozen_entries and entry.status != "disabled":
            yield Finding(path, f"{entry.name} ({entry.package}: {entry.value}) is new. {again}")
