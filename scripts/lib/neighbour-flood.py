#!/usr/bin/env python3
"""Asks again and again who has an address, from ever other Ethernet addresses, and counts the answers.

neighbour-flood.py INTERFACE ADDRESS COUNT: 20 questions each millisecond, by ARP or neighbour
solicitation; prints how many answers came until a second after the last one."""

import ipaddress
import socket
import struct
import sys
import time

PACKET_ADD_MEMBERSHIP = 1
PACKET_MR_PROMISC = 1
SOL_PACKET = 263


def checksum(data):
    total = sum(struct.unpack(f"!{len(data) // 2}H", data))
    while total >> 16:
        total = (total & 0xFFFF) + (total >> 16)
    return ~total & 0xFFFF


def arp(mac, target):
    source = ipaddress.ip_address("192.0.2.77").packed
    body = struct.pack("!HHBBH", 1, 0x0800, 6, 4, 1) + mac + source + bytes(6) + target
    return b"\xff" * 6 + mac + b"\x08\x06" + body


def solicitation(mac, target):
    source = ipaddress.ip_address("fe80::77").packed
    group = ipaddress.ip_address("ff02::1:ff00:0").packed[:13] + target[13:]
    message = bytes([135, 0, 0, 0]) + bytes(4) + target + b"\x01\x01" + mac
    pseudo = source + group + struct.pack("!II", len(message), 58)
    message = message[:2] + struct.pack("!H", checksum(pseudo + message)) + message[4:]
    header = struct.pack("!IHBB", 6 << 28, len(message), 58, 255) + source + group
    return b"\x33\x33" + group[12:] + mac + b"\x86\xdd" + header + message


def is_answer(frame, target):
    if len(target) == 4:
        return frame[12:14] == b"\x08\x06" and frame[20:22] == b"\x00\x02" and frame[28:32] == target
    return frame[12:14] == b"\x86\xdd" and frame[54:55] == b"\x88" and frame[62:78] == target


def answers(port, target):
    count = 0
    while True:
        try:
            count += is_answer(port.recv(2048), target)
        except BlockingIOError:
            return count


def main():
    interface, address, count = sys.argv[1], ipaddress.ip_address(sys.argv[2]), int(sys.argv[3])
    question = arp if address.version == 4 else solicitation
    port = socket.socket(socket.AF_PACKET, socket.SOCK_RAW, socket.htons(3))
    port.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 1 << 22)
    port.bind((interface, 0))
    promiscuous = struct.pack("iHH8s", socket.if_nametoindex(interface), PACKET_MR_PROMISC, 0, b"")
    port.setsockopt(SOL_PACKET, PACKET_ADD_MEMBERSHIP, promiscuous)
    port.setblocking(False)
    got = 0
    for number in range(count):
        port.send(question(b"\x02\x77" + struct.pack("!I", number), address.packed))
        if number % 20 == 19:
            got += answers(port, address.packed)
            time.sleep(0.001)
    end = time.monotonic() + 1
    while time.monotonic() < end:
        more = answers(port, address.packed)
        if more:
            end = time.monotonic() + 1
        got += more
        time.sleep(0.01)
    print(got)


main()
