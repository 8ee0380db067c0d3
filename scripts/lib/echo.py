"""Sends datagrams, has them echoed, and counts them, for tests that change flows meanwhile.

  echo.py serve PORT
      Echoes every datagram, with its own serial number and the TOS and TTL that it came with.
  echo.py call ADDRESS PORT FIRST-LAST MARKS MARKS STOP
      Calls from the ports FIRST to LAST, from some all the time, from the others for a few
      datagrams each, until the file STOP is there, or for two minutes. Then it prints how many were
      sent, and how many of them never came back, came back twice, or after a later one of the same
      port; and for each direction how many had the first MARKS (TOS,TTL), how many the second ones,
      how often the marks changed from one datagram to the next, and how many had others, which are
      shown.

No more than IN_FLIGHT datagrams are on their way, for which every queue between the two has room:
what does not come back was lost by the program that forwards it.
"""

import collections
import itertools
import os
import select
import socket
import struct
import sys
import time

BUSY = 300
BRIEF = 20
BRIEF_DATAGRAMS = 4
IN_FLIGHT = 200
PER_SECOND = 1500
TURN_SECONDS = 0.004
LONGEST_SECONDS = 120
LAST_SECONDS = 2

CALL = struct.Struct("!Q")
ECHO = struct.Struct("!QQBB")
# Python has no name for it.
IP_RECVTTL = 12


def open_socket(port):
    opened = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
    opened.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    opened.setsockopt(socket.IPPROTO_IP, socket.IP_RECVTOS, 1)
    opened.setsockopt(socket.IPPROTO_IP, IP_RECVTTL, 1)
    opened.setblocking(False)
    opened.bind(("", port))
    return opened


def receive(opened):
    """Bytes, TOS, TTL and sender of the next datagram; None: there is none."""
    try:
        data, ancillary, _, sender = opened.recvmsg(64, 256)
    except BlockingIOError:
        return None
    header = {kind: int.from_bytes(value, sys.byteorder) for _, kind, value in ancillary}
    return data, header[socket.IP_TOS], header[socket.IP_TTL], sender


def serve(port):
    opened = open_socket(port)
    opened.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 1 << 20)
    print("ready", flush=True)
    for serial in itertools.count():
        came = receive(opened)
        while came is None:
            select.select([opened], [], [])
            came = receive(opened)
        data, tos, ttl, sender = came
        opened.sendto(ECHO.pack(*CALL.unpack(data), serial, tos, ttl), sender)


class Connection:
    """One port that calls, and the numbers of the datagrams that have not come back to it."""

    def __init__(self, port, datagrams):
        self.port = port
        self.socket = open_socket(port)
        self.left = datagrams
        self.out = set()
        self.newest = -1

    def is_done(self):
        return self.left == 0 and not self.out


class Caller:
    def __init__(self, server, ports):
        self.server = server
        self.poll = select.epoll()
        self.open = {}
        self.connections = self.sent = self.came = self.twice = self.disordered = 0
        self.given_up = 0
        self.turns = collections.deque(self.connect(port) for port in ports[:BUSY])
        self.fresh = itertools.cycle(ports[BUSY:])
        self.brief = collections.deque(self.connect_briefly() for _ in range(BRIEF))
        self.last_came = time.monotonic()
        # Marks by the order in which either side has sent.
        self.there = {}
        self.back = {}

    def connect(self, port, datagrams=1 << 62):
        connection = Connection(port, datagrams)
        self.open[connection.socket.fileno()] = connection
        self.poll.register(connection.socket, select.EPOLLIN)
        self.connections += 1
        return connection

    def connect_briefly(self):
        in_use = {connection.port for connection in self.open.values()}
        free = (port for port in self.fresh if port not in in_use)
        return self.connect(next(free), BRIEF_DATAGRAMS)

    def close(self, connection):
        self.poll.unregister(connection.socket)
        del self.open[connection.socket.fileno()]
        connection.socket.close()

    def run(self, stop):
        begin = time.monotonic()
        while not os.path.exists(stop) and time.monotonic() < begin + LONGEST_SECONDS:
            for turn in range(round(PER_SECOND * TURN_SECONDS)):
                if self.has_room():
                    self.call_briefly() if turn == 0 else self.call_on()
            self.take(TURN_SECONDS)
        deadline = time.monotonic() + LAST_SECONDS
        while self.came < self.sent and time.monotonic() < deadline:
            self.take(0.1)

    def has_room(self):
        if time.monotonic() > self.last_came + 1:
            # A loss does not end it all.
            self.given_up = self.sent - self.came
        return self.sent - self.came - self.given_up < IN_FLIGHT

    def call_on(self):
        self.call(self.turns[0])
        self.turns.rotate()

    def call_briefly(self):
        connection = self.brief.popleft()
        self.call(connection)
        self.brief.append(connection if connection.left > 0 else self.connect_briefly())

    def call(self, connection):
        connection.socket.sendto(CALL.pack(self.sent), self.server)
        connection.out.add(self.sent)
        connection.left -= 1
        self.sent += 1

    def take(self, seconds):
        """Takes what comes back within the time."""
        until = time.monotonic() + seconds
        while (left := until - time.monotonic()) > 0:
            for descriptor, _ in self.poll.poll(left):
                connection = self.open[descriptor]
                while not connection.is_done():
                    came = receive(connection.socket)
                    if came is None:
                        break
                    self.note(connection, *came[:3])

    def note(self, connection, data, tos, ttl):
        number, serial, tos_there, ttl_there = ECHO.unpack(data)
        self.last_came = time.monotonic()
        self.there[number] = (tos_there, ttl_there)
        self.back[serial] = (tos, ttl)
        if number not in connection.out:
            self.twice += 1
            return
        self.came += 1
        self.disordered += number < connection.newest
        connection.newest = max(connection.newest, number)
        connection.out.remove(number)
        if connection.is_done():
            self.close(connection)


def report_marks(direction, seen, kinds):
    counts = collections.Counter(seen.values())
    in_order = [seen[number] for number in sorted(seen)]
    changes = sum(a != b for a, b in itertools.pairwise(in_order))
    print(f"{direction}_first", counts.pop(kinds[0], 0))
    print(f"{direction}_second", counts.pop(kinds[1], 0))
    print(f"{direction}_changes", changes)
    others = [f"{count}*{marks}" for marks, count in counts.items()]
    print(f"{direction}_mixed", counts.total(), *others)


def call(address, port, ports, *arguments):
    *kinds, stop = arguments
    first, last = map(int, ports.split("-"))
    caller = Caller((address, int(port)), range(first, last + 1))
    caller.run(stop)
    print("sent", caller.sent)
    print("connections", caller.connections)
    print("lost", caller.sent - caller.came)
    print("twice", caller.twice)
    print("disordered", caller.disordered)
    kinds = [tuple(map(int, kind.split(","))) for kind in kinds]
    report_marks("there", caller.there, kinds)
    report_marks("back", caller.back, kinds)


# On one core, or what is sent one after the other may arrive the other way round.
os.sched_setaffinity(0, {min(os.sched_getaffinity(0))})
if sys.argv[1] == "serve":
    serve(int(sys.argv[2]))
else:
    call(*sys.argv[2:])
