"""A client behind a NAT and what it meets, over UDP.

  stun.py serve PORT...
      At each port, answers every datagram with the address and port that it came from.
  stun.py listen PORT ADDRESS SERVER-PORT
      Asks a server which address and port its own port PORT has, prints them, then answers every
      datagram that comes to the port with where it came from.
  stun.py see PORT ADDRESS SERVER-PORT
      Asks from PORT, and prints the answer, or "nothing" after a second.
  stun.py many COUNT ADDRESS SERVER-PORT
      Asks from as many ports, and prints the answers that come until there is none for a second.
"""

import select
import socket
import sys


def opened(port):
    udp = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
    udp.bind(("", int(port)))
    return udp


def serve(*ports):
    sockets = [opened(port) for port in ports]
    while True:
        for udp in select.select(sockets, [], [])[0]:
            _, (address, port) = udp.recvfrom(2048)
            udp.sendto(f"{address}:{port}".encode(), (address, port))


def answer(udp, address, port):
    udp.settimeout(1)
    udp.sendto(b"who am I?", (address, int(port)))
    try:
        return udp.recv(2048).decode()
    except TimeoutError:
        return "nothing"


def listen(port, address, server_port):
    udp = opened(port)
    print(answer(udp, address, server_port), flush=True)
    udp.settimeout(None)
    while True:
        _, (peer, peer_port) = udp.recvfrom(2048)
        udp.sendto(f"{peer}:{peer_port}".encode(), (peer, peer_port))


def see(port, address, server_port):
    with opened(port) as udp:
        print(answer(udp, address, server_port))


def many(count, address, server_port):
    sockets = [opened(0) for _ in range(int(count))]
    for udp in sockets:
        udp.sendto(b"who am I?", (address, int(server_port)))
    while ready := select.select(sockets, [], [], 1)[0]:
        for udp in ready:
            print(udp.recv(2048).decode())


{"serve": serve, "listen": listen, "many": many, "see": see}[sys.argv[1]](*sys.argv[2:])
