"""Echo what was posted."""

from ioplugins.answers import HTTPAnswer
from ioplugins.options import HandleRequestOptions


def echo(options: HandleRequestOptions) -> HTTPAnswer:
    if options.method != "POST":
        return HTTPAnswer(405, "post it")
    return HTTPAnswer(200, {"received": options.body})
