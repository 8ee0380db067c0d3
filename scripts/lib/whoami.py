"""A web server for IPv4 and IPv6 that says who it is and whom it sees.

  whoami.py NAME FOLDER
      Listens on port 80: answers "NAME sees ADDRESS", and for /files/... a file of the folder.
"""

import http.server
import pathlib
import socket
import sys


class Answer(http.server.BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def do_GET(self):
        if self.path.startswith("/files/"):
            body = pathlib.Path(sys.argv[2], pathlib.PurePath(self.path).name).read_bytes()
        else:
            seen = self.client_address[0].removeprefix("::ffff:")
            body = f"{sys.argv[1]} sees {seen}\n".encode()
        self.send_response(200)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *arguments):
        pass


class Server(http.server.ThreadingHTTPServer):
    address_family = socket.AF_INET6

    def server_bind(self):
        self.socket.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_V6ONLY, 0)
        super().server_bind()


Server(("::", 80), Answer).serve_forever()
