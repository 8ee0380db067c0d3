"""Sends and echoes datagrams from chosen ports, and is a client that stops reading.

  datagrams.py serve PORT
      Echoes every datagram.
  datagrams.py sink PORT...
      Takes datagrams and says nothing.
  datagrams.py send ADDRESS PORT FIRST-LAST
      A datagram of one byte from each of the ports, not too fast; prints how many were sent.
  datagrams.py ask ADDRESS PORT FIRST-LAST
      The same, and waits for the echo of each; prints how many came.
  datagrams.py stall SOCKET METHOD
      Calls the method on the control socket, prints "asked", and reads nothing, for ever.
"""

import json
import signal
import socket
import sys
import time


def ports(text):
    first, last = map(int, text.split("-"))
    return range(first, last + 1)


def opened(port):
    udp = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
    udp.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    udp.bind(("", port))
    return udp


def serve(port):
    udp = opened(int(port))
    while True:
        data, sender = udp.recvfrom(2048)
        udp.sendto(data, sender)


def sink(*numbers):
    # What finds no room in their buffers is dropped, without an ICMP error.
    sockets = [opened(int(number)) for number in numbers]
    signal.pause()
    for udp in sockets:
        udp.close()


def send(address, port, sources):
    for count, source in enumerate(ports(sources), 1):
        with opened(source) as udp:
            udp.sendto(b"x", (address, int(port)))
        if count % 20 == 0:
            time.sleep(0.002)
    print(len(ports(sources)))


def ask(address, port, sources):
    came = 0
    for source in ports(sources):
        with opened(source) as udp:
            udp.settimeout(1)
            udp.sendto(b"x", (address, int(port)))
            try:
                udp.recv(2048)
                came += 1
            except TimeoutError:
                pass
    print(came)


def stall(path, method):
    client = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
    client.connect(path)
    client.sendall(json.dumps({"id": 1, "method": method, "params": []}).encode())
    print("asked", flush=True)
    signal.pause()


{"serve": serve, "sink": sink, "send": send, "ask": ask, "stall": stall}[sys.argv[1]](*sys.argv[2:])
