"""Is there a password to connect with?"""

from ioplugins import wrapper
from ioplugins.answers import PingAnswer
from ioplugins.options import PingOptions


@wrapper("ping")
def ping_database(options: PingOptions) -> PingAnswer:
    if not options.connection.encrypted.get("password"):
        return PingAnswer.offline("no_password", "The connection has no password")
    return PingAnswer.ok()
