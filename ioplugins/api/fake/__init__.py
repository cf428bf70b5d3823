"""A fake of the integrator.io API, to test against: on this machine, in memory.

It answers as the API is documented to, odd habits included: empty lists as 204, texts in place of
JSON, masked secrets, PUT that erases what it leaves out and silently changes nothing in what an
integration app locks. It knows tokens that expire, a rate limit, and faults on demand. Where the
documentation is silent it takes the stricter way; docs/api.md says where.
"""

from __future__ import annotations

from ioplugins.api.fake.application import Logged
from ioplugins.api.fake.faults import Fault
from ioplugins.api.fake.server import FakeAPI, read_seed

__all__ = ["FakeAPI", "Fault", "Logged", "read_seed"]
