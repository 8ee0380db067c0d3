"""FTP by hand: a client that sends commands in pieces.

ftp_commands.py client HOST PORT MODE PIECE: fetches /hello in MODE (PORT, EPRT, PASV or EPSV), sending
each command PIECE bytes at a time, each in a segment of its own; prints what it got. Several transfers
follow each other on the one control connection.
ftp_commands.py quickly HOST PORT: the same by PORT, with two pieces that the kernel may hold back until
the first is acknowledged (Nagle's algorithm).
"""

import re
import socket
import sys
import time

TRANSFERS = 3


class Client:
    def __init__(self, host, port, piece, pause):
        self.control = socket.create_connection((host, port), timeout=20)
        if pause:
            self.control.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self.answers = self.control.makefile("rb")
        self.piece, self.pause = piece, pause
        self.answer()
        for command in ("USER anonymous", "PASS x@y", "TYPE I"):
            self.command(command)

    def answer(self):
        while True:
            line = self.answers.readline().decode("latin-1").rstrip()
            if not line:
                raise SystemExit("the control connection was closed")
            if re.match(r"\d{3} ", line):
                return line

    def send(self, text):
        data = text.encode() + b"\r\n"
        for at in range(0, len(data), self.piece):
            self.control.send(data[at : at + self.piece])
            time.sleep(self.pause)

    def command(self, text):
        self.send(text)
        answer = self.answer()
        if answer[0] not in "123":
            raise SystemExit(f"{text.split()[0]}: {answer}")
        return answer

    def listen(self, mode):
        own = self.control.getsockname()[0]
        listener = socket.create_server((own, 0), family=self.control.family)
        listener.settimeout(20)
        port = listener.getsockname()[1]
        if mode == "PORT":
            self.command("PORT " + ",".join(own.split(".") + [str(port >> 8), str(port & 255)]))
        else:
            self.command(f"EPRT |{2 if ':' in own else 1}|{own}|{port}|")
        return lambda: listener.accept()[0]

    def connect(self, mode):
        answer = self.command(mode)
        if mode == "PASV":
            numbers = re.search(r"(\d+,\d+,\d+,\d+),(\d+),(\d+)", answer)
            host = numbers[1].replace(",", ".")
            port = int(numbers[2]) << 8 | int(numbers[3])
        else:
            host = self.control.getpeername()[0]
            port = int(re.search(r"\|\|\|(\d+)\|", answer)[1])
        return lambda: socket.create_connection((host, port), timeout=20)

    def fetch(self, mode):
        open_data = self.listen(mode) if mode in ("PORT", "EPRT") else self.connect(mode)
        self.send("RETR hello")
        data = open_data()
        self.answer()
        with data:
            got = b"".join(iter(lambda: data.recv(65536), b""))
        self.answer()
        return got.decode()


def main():
    if sys.argv[1] == "quickly":
        client, modes = Client(sys.argv[2], int(sys.argv[3]), 9, 0), ["PORT"]
    else:
        pause = 0.05
        client = Client(sys.argv[2], int(sys.argv[3]), int(sys.argv[5]), pause)
        modes = [sys.argv[4]]
    print(" ".join(client.fetch(modes[0]).strip() for _ in range(TRANSFERS)))


main()
