"""The wrapper connection: is it valid, export the shop's orders, import orders into it."""

import sqlite3

from ioplugins import wrapper
from ioplugins.answers import ExportPage, ImportResult, PingAnswer
from ioplugins.jsonvalue import JSON
from ioplugins.options import ExportOptions, ImportOptions, PingOptions

from .shop import ShopError, open_shop


@wrapper("ping", name="pingShop")
def ping(options: PingOptions) -> PingAnswer:
    """Open the shop and close it again."""
    try:
        with open_shop(options.connection):
            return PingAnswer.ok()
    except ShopError as error:
        return PingAnswer.offline(error.code, str(error))


@wrapper("export", name="exportOrders")
def export_orders(options: ExportOptions) -> ExportPage:
    """Export all orders, a page a call.

    integrator.io calls again with the state of the last answer until a page is the last one.
    Here the state is the last id, so that an order that comes in meanwhile shifts no page.
    """
    size = options.configuration.get("pageSize", 100)
    if options.test and options.test.limit:
        size = options.test.limit
    last_id = options.state.get("lastId", 0)
    with open_shop(options.connection) as shop:
        rows = shop.execute(
            "select * from orders where id > ? order by id limit ?", (last_id, size)
        ).fetchall()
    orders = [dict(row) for row in rows]
    if len(orders) < size or options.type == "test":
        return ExportPage.last(orders)
    return ExportPage.more(orders, state={"lastId": orders[-1]["id"]})


@wrapper("import", name="importOrders")
def import_orders(options: ImportOptions) -> list[ImportResult]:
    """Add each order, or change the one with its number; a bad one fails alone."""
    with open_shop(options.connection) as shop:
        return [_import(shop, order) for order in options.post_map_data]


def _import(shop: sqlite3.Connection, order: JSON) -> ImportResult:
    values = {name: order.get(name) for name in ("number", "customer", "total")}
    try:
        shop.execute(
            "insert into orders (number, customer, total) values (:number, :customer, :total)"
            " on conflict (number) do update"
            " set customer = excluded.customer, total = excluded.total",
            values,
        )
    except sqlite3.Error as error:
        return ImportResult.failed(type(error).__name__, str(error))
    found = shop.execute("select id from orders where number = :number", values).fetchone()
    return ImportResult.ok(str(found["id"]))
