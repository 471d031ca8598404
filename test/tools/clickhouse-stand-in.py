"""A stand-in for the HTTP interface of a ClickHouse cluster, since no server can be had from a package registry.

The engine is ClickHouse's own, embedded (chdb): it parses and runs every query, so a wrong name, type or function fails as it would on a server.
What is not real: there is one process and no cluster. `clusterAllReplicas(cluster, system.x)` reads `standin.x` in its place, a table with the columns
that the engine's `system.x` has and one more, `server`, which `hostName()` stands for. Tests write rows into these tables.

python3 clickhouse-stand-in.py PACKAGES PORT USER PASSWORD, in a folder that it may fill
"""

import base64
import http.server
import re
import sys
import urllib.parse

packages, port, user, password = sys.argv[1:]
sys.path.insert(0, packages)
from chdb import session  # noqa: E402  (it is where PACKAGES says)

engine = session.Session("engine")
authorization = "Basic " + base64.b64encode(f"{user}:{password}".encode()).decode()

engine.query("CREATE DATABASE standin")
for table in ("replicas", "disks"):
    engine.query(f"CREATE TABLE standin.{table} ENGINE = Memory AS SELECT '' AS server, * FROM system.{table} LIMIT 0")
engine.query("CREATE TABLE standin.clusters ENGINE = Memory AS SELECT * FROM system.clusters LIMIT 0")
engine.query("CREATE TABLE standin.one (server String) ENGINE = Memory")
# The embedded engine has no Keeper, and so no such table. https://clickhouse.com/docs/operations/system-tables/zookeeper_connection
engine.query("CREATE TABLE standin.zookeeper_connection (server String, is_expired UInt8) ENGINE = Memory")


def as_one_server(query: str) -> str:
    query = re.sub(r"clusterAllReplicas\(\{cluster:String\}, system\.(\w+)\)", r"standin.\1", query)
    return query.replace("system.clusters", "standin.clusters").replace("hostName()", "server")


class Interface(http.server.BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def do_POST(self) -> None:
        query = self.body().decode()
        asked = dict(urllib.parse.parse_qsl(urllib.parse.urlsplit(self.path).query, keep_blank_values=True))
        if self.headers.get("Authorization") != authorization:
            return self.answer(401, f"Code: 516. DB::Exception: {user}: Authentication failed: password is incorrect. (AUTHENTICATION_FAILED)")
        try:
            parameters = {name.removeprefix("param_"): value for name, value in asked.items() if name.startswith("param_")}
            result = engine.query(as_one_server(query), "JSONEachRow", params=parameters)
            self.answer(200, str(result))
        except Exception as error:  # The engine has one kind of error, with ClickHouse's code in its text.
            self.answer(500, str(error))

    def body(self) -> bytes:
        if self.headers.get("Transfer-Encoding") != "chunked":
            return self.rfile.read(int(self.headers.get("Content-Length", "0")))
        parts = []
        while size := int(self.rfile.readline(), 16):
            parts.append(self.rfile.read(size))
            self.rfile.readline()
        self.rfile.readline()
        return b"".join(parts)

    def answer(self, status: int, text: str) -> None:
        body = text.encode()
        self.send_response(status)
        code = re.match(r"Code: (\d+)", text)
        if code:
            self.send_header("X-ClickHouse-Exception-Code", code[1])
        self.send_header("Content-Length", str(len(body)))
        self.send_header("Connection", "close")
        self.end_headers()
        self.wfile.write(body)


http.server.HTTPServer(("127.0.0.1", int(port)), Interface).serve_forever()
