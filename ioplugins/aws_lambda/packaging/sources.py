"""The author's files: what of the folder around a TARGET goes into the package."""

from __future__ import annotations

import ast
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path

from attrs import frozen

from ioplugins.aws_lambda.packaging import PackagingError


@frozen
class AuthorFiles:
    """What an author's TARGET comes to.

    Attributes:
        target: How the handler names it, ``package.module:attribute``; None for the installed
            connectors.
        folder: Where its requirements.txt would lie.
        files: By their path in the package.
    """

    target: str | None
    folder: Path
    files: Mapping[str, Path]


def author_files(target: str | None, include: Iterable[Path] = ()) -> AuthorFiles:
    """Find the files of *target* and of *include*.

    A file brings the modules and packages beside it that it imports (and those that they
    import); a package brings its whole folder. What lies neither beside it nor in the working
    directory has to come from the requirements.

    Args:
        target: ``functions.py``, ``package.module`` or a package's folder, each maybe with
            ``:attribute``; None for the installed connectors.
        include: Further files and folders, which go to the top of the package.

    Raises:
        PackagingError: There is no such file, or it cannot be imported from a package's top.
    """
    files: dict[str, Path] = {}
    name, folder = target, Path.cwd()
    if target is not None:
        place, separator, attribute = target.partition(":")
        module, folder, found = _found(place)
        files |= found
        name = f"{module}{separator}{attribute}"
    for path in include:
        if not path.exists():
            raise PackagingError(f"--include {path}: there is no such file or folder.")
        files |= _tree(path.resolve()) if path.is_dir() else {path.name: path.resolve()}
    return AuthorFiles(name, folder, files)


def _found(place: str) -> tuple[str, Path, dict[str, Path]]:
    """The module's name, its folder, and the files of *place*."""
    path = Path(place)
    if path.suffix == ".py" or path.is_dir():
        path = path.resolve()
        _check(place, path)
        return path.stem, path.parent, _of_module(path)
    top = Path.cwd() / place.partition(".")[0]
    for candidate in (top, top.with_name(f"{top.name}.py")):
        if candidate.exists():
            return place, Path.cwd(), _of_module(candidate)
    return place, Path.cwd(), {}


def _check(place: str, path: Path) -> None:
    if not path.exists():
        raise PackagingError(f"{place}: there is no such file.")
    if (path.parent / "__init__.py").exists():
        raise PackagingError(
            f"{place} is part of the package {path.parent.name!r}; name it as package.module, in "
            "the folder that holds the package."
        )
    if path.is_dir() and not (path / "__init__.py").exists():
        raise PackagingError(f"{place} is a folder without __init__.py; name a file in it.")
    if not path.stem.isidentifier():
        raise PackagingError(f"{place}: {path.stem!r} cannot be the name of a module.")


def _of_module(path: Path) -> dict[str, Path]:
    return _tree(path) if path.is_dir() else _with_imports(path)


def _tree(folder: Path) -> dict[str, Path]:
    """All files of *folder* under its name; neither caches nor hidden ones, such as .env."""
    return {
        path.relative_to(folder.parent).as_posix(): path
        for path in sorted(folder.rglob("*"))
        if path.is_file()
        and path.suffix != ".pyc"
        and not any(
            part.startswith(".") or part == "__pycache__" for part in path.relative_to(folder).parts
        )
    }


def _with_imports(path: Path) -> dict[str, Path]:
    """*path* and what it imports from its folder, read from the source and not run."""
    root, files, waiting = path.parent, {path.name: path}, [path]
    while waiting:
        for name in _imported(waiting.pop()):
            package, module = root / name, root / f"{name}.py"
            if package.is_dir() and any(package.glob("*.py")):
                found = _tree(package)
            elif module.is_file():
                found = {module.name: module}
            else:
                continue
            new = {place: file for place, file in found.items() if place not in files}
            waiting += [file for file in new.values() if file.suffix == ".py"]
            files |= new
    return files


def _imported(path: Path) -> Iterator[str]:
    """The top-level modules that the source of *path* imports, wherever in it."""
    try:
        tree = ast.parse(path.read_bytes(), str(path))
    except SyntaxError as error:
        raise PackagingError(f"{path.name} line {error.lineno}: {error.msg}.") from error
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            yield from (alias.name.partition(".")[0] for alias in node.names)
        elif isinstance(node, ast.ImportFrom) and node.module and not node.level:
            yield node.module.partition(".")[0]
