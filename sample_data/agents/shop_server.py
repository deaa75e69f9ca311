"""An MCP server over stdio with one tool: `python shop_server.py shop.sqlite`."""

import json
import sqlite3
import sys
from contextlib import closing

from mcp.server import MCPServer
from mcp.server.mcpserver.exceptions import ToolError

server = MCPServer("shop")


@server.tool()
def units_in_stock(product: str) -> str:
    """How many units of a product are in stock, and when it is restocked."""
    with closing(sqlite3.connect(sys.argv[1])) as shop:
        row = shop.execute("SELECT units, restocked FROM products WHERE product = ?", [product]).fetchone()
    if row is None:
        raise ToolError(f"no product {product!r}")
    return json.dumps({"units": row[0], "restocked": row[1]})


server.run()
