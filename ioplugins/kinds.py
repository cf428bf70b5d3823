"""The kinds table: one row for each kind of extension function that integrator.io knows.

A new kind is one more row here (and its options class, rules and documentation page, which
name the row by its id). The ids are those of the contract; the decorator and short name are
how an author asks for the kind: ``@wrapper("export")`` is the row ``wrapperExport``.
"""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType
from typing import Final

from attrs import field, frozen

from ioplugins.errors import UnknownKind

#: Which section of a framework 1.0 module each decorator's functions stand in.
SECTIONS: Final[Mapping[str, str]] = MappingProxyType(
    {
        "hook": "hooks",
        "wrapper": "wrappers",
        "installer": "installer",
        "uninstaller": "uninstaller",
        "setting": "settings",
        "utility": "utilities",
    }
)

_FRAMEWORKS: Final = "https://docs.celigo.com/hc/en-us/articles/360002978111"
_STACKS: Final = "https://docs.celigo.com/hc/en-us/articles/227055868"


@frozen
class Kind:
    """One kind of extension function.

    Attributes:
        id: The contract's id, such as ``"wrapperExport"``.
        decorators: The decorators that take this kind; empty when no stack form is known.
        short: The name the decorators take it under, such as ``"export"``.
        section: Its section in a framework 1.0 module; None when it is 2.0 only.
        wire_type: What a framework 1.0 request sends as ``type``; None when it is 2.0 only.
        summary: One line: when integrator.io calls it.
        documentation: Celigo's page about it.
    """

    id: str
    decorators: tuple[str, ...]
    short: str
    section: str | None
    wire_type: str | None
    summary: str
    documentation: str = field(default=_FRAMEWORKS, repr=False)

    @property
    def on_stack(self) -> bool:
        """Whether a stack can hold functions of this kind (False: in-platform scripts only)."""
        return bool(self.decorators)


_ROWS: Final = (
    Kind("preSavePage", ("hook",), "preSavePage", "hooks", "hook",
         "after a page was fetched, before it enters the flow (exports and lookups)"),
    Kind("preMap", ("hook",), "preMap", "hooks", "hook", "before field mapping"),
    Kind("postMap", ("hook",), "postMap", "hooks", "hook",
         "after field mapping, before the submit"),
    Kind("postSubmit", ("hook",), "postSubmit", "hooks", "hook",
         "after the page was submitted to the import application"),
    Kind("postResponseMap", ("hook",), "postResponseMap", "hooks", "hook",
         "after response mapping of a page processor, before the next step"),
    Kind("postAggregate", ("hook",), "postAggregate", "hooks", "hook",
         "after the aggregated file was uploaded (file imports that aggregate)"),
    Kind("formInit", ("hook",), "formInit", None, None,
         "builds a settings form (or an install-step form) before it is shown"),
    Kind("preSave", ("hook",), "preSave", None, None,
         "before a resource is saved (create and update)"),
    Kind("step", ("installer", "uninstaller"), "step", None, None,
         "one step of an installation or uninstallation"),
    Kind("initChild", ("installer",), "initChild", None, None,
         "returns the child integration to create"),
    Kind("update", ("installer",), "update", "installer", "installer",
         "brings an installed integration to a new connector version"),
    Kind("changeEdition", ("setting",), "changeEdition", "settings", "setting",
         "the license changes to another edition"),
    Kind("ping", ("wrapper",), "ping", "wrappers", "wrapper",
         "is the wrapper connection valid?"),
    Kind("wrapperExport", ("wrapper",), "export", "wrappers", "wrapper",
         "a whole export written by you"),
    Kind("wrapperImport", ("wrapper",), "import", "wrappers", "wrapper",
         "a whole import written by you"),
    Kind("connectorInstaller", ("installer",), "connectorInstaller", "installer", "installer",
         "a user starts to install the connector"),
    Kind("integrationInstaller", ("installer",), "integrationInstaller", "installer",
         "installer", "one step of the install wizard"),
    Kind("preUninstall", ("uninstaller",), "preUninstall", "uninstaller", "uninstaller",
         "before the uninstall wizard starts"),
    Kind("integrationUninstaller", ("uninstaller",), "integrationUninstaller", "uninstaller",
         "uninstaller", "one step of the uninstall wizard"),
    Kind("connectorUninstaller", ("uninstaller",), "connectorUninstaller", "uninstaller",
         "uninstaller", "last clean-up; then the integration is deleted and the license freed"),
    Kind("persistSettings", ("setting",), "persistSettings", "settings", "setting",
         "settings of the integration were changed in the UI"),
    Kind("refreshMetadata", ("setting",), "refreshMetadata", "settings", "setting",
         "a user refreshes the choices of a settings field"),
    Kind("getMappingMetadata", ("setting",), "getMappingMetadata", "settings", "setting",
         "which mappings are required or not editable in the UI"),
    Kind("utility", ("utility",), "utility", "utilities", "utility",
         "free function of the integration's own UI", _STACKS),
    Kind("filter", (), "filter", None, None,
         "output filter of an export, input filter of an import"),
    Kind("inputFilter", (), "inputFilter", None, None, "input filter of a lookup"),
    Kind("transform", (), "transform", None, None, "reshapes one record"),
    Kind("branching", (), "branching", None, None,
         "router: which branches does the record take"),
    Kind("contentBasedFlowRouter", (), "contentBasedFlowRouter", None, None,
         "AS2 and VAN: which flow takes the message"),
    Kind("handleRequest", (), "handleRequest", None, None,
         "answers a request to a Celigo API (script mode)"),
)  # fmt: skip

#: Every kind by its id, in the contract's order.
KINDS: Final[Mapping[str, Kind]] = MappingProxyType({row.id: row for row in _ROWS})


def kinds_of(decorator: str) -> tuple[Kind, ...]:
    """The kinds that *decorator* (``"hook"``, ``"wrapper"``, ...) takes, in table order."""
    return tuple(row for row in _ROWS if decorator in row.decorators)


def kind_for(decorator: str, short: object) -> Kind:
    """The row that *decorator* takes under the name *short*.

    Raises:
        UnknownKind: The decorator takes no such kind; the message lists those it takes.
    """
    for row in kinds_of(decorator):
        if row.short == short:
            return row
    raise UnknownKind(decorator, short, tuple(row.short for row in kinds_of(decorator)))
