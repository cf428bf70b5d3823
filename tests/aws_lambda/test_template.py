"""The CloudFormation template: AWS's linter takes it, and it gives no more rights than needed."""

from __future__ import annotations

import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
import yaml

from ioplugins.aws_lambda.packaging.platforms import Platform
from ioplugins.aws_lambda.packaging.template import stack_form, template


class _Loader(yaml.SafeLoader):
    """YAML with CloudFormation's short functions, as plain dicts."""


def _function(loader: yaml.SafeLoader, suffix: str, node: Any) -> dict[str, Any]:
    return {suffix: loader.construct_scalar(node)}


_Loader.add_multi_constructor("!", _function)


def document(*, http: bool = False) -> dict[str, Any]:
    made: dict[str, Any] = yaml.load(template(Platform("3.13", "arm64"), http=http), _Loader)
    return made


def test_the_linter_takes_it(tmp_path: Path) -> None:
    """Direct and with a function URL, on old and new runtimes, without a warning."""
    paths = []
    for http in (False, True):
        for platform in (Platform("3.11", "x86_64"), Platform("3.14", "arm64")):
            path = tmp_path / f"{platform.python}-{http}.yaml"
            path.write_text(template(platform, http=http), encoding="utf-8")
            paths.append(str(path))
    linter = shutil.which("cfn-lint", path=str(Path(sys.executable).parent)) or "cfn-lint"
    done = subprocess.run(
        # W2531 is about the age of a runtime, which the author chooses.
        [linter, "--ignore-checks", "W2531", "--", *paths],
        capture_output=True,
        text=True,
        check=False,
    )
    assert (0, "") == (done.returncode, done.stdout + done.stderr)


@pytest.mark.parametrize("http", [False, True], ids=["direct", "http"])
def test_the_invoker_may_invoke_this_function_only(http: bool) -> None:
    """And the function may write its own log only."""
    resources = document(http=http)["Resources"]
    statements = {
        name: [
            (statement["Action"], statement["Resource"])
            for policy in resources[name]["Properties"]["Policies"]
            for statement in policy["PolicyDocument"]["Statement"]
        ]
        for name in ("Invoker", "Role")
    }
    assert {
        "Invoker": [("lambda:InvokeFunction", {"GetAtt": "Function.Arn"})],
        "Role": [(["logs:CreateLogStream", "logs:PutLogEvents"], {"GetAtt": "Log.Arn"})],
    } == statements
    assert "ManagedPolicyArns" not in template(Platform("3.13", "arm64"), http=http)


def test_no_key_is_made_or_shown() -> None:
    """An access key is the operator's to make."""
    for http in (False, True):
        made = document(http=http)
        types = {resource["Type"] for resource in made["Resources"].values()}
        assert "AWS::IAM::AccessKey" not in types
        assert not any("Token" in str(output["Value"]) for output in made["Outputs"].values())


def test_the_function_url_asks_for_the_system_token() -> None:
    """It is a parameter that nobody can read back; without a URL there is none."""
    assert document(http=True)["Parameters"]["SystemToken"]["NoEcho"] is True
    assert "SystemToken" not in document()["Parameters"]
    assert "Url" not in document()["Resources"]


def test_the_form_names_outputs_that_exist() -> None:
    """What is to be entered can be read off the stack."""
    for http in (False, True):
        named = {
            word.rstrip(":")
            for line in stack_form(http=http).splitlines()
            for word in [line.split("output ")[-1].split(" ")[0]]
            if "output " in line
        }
        assert named
        assert named <= set(document(http=http)["Outputs"])
