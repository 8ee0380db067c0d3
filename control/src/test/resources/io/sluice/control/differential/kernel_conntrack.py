"""Linux's connection tracking, asked packet by packet.

To be run by root in a network namespace of its own (unshare --net), which ends with it. It makes a
router: frames go into the interface "in", nf_conntrack tracks them, nftables writes what `ct state`
said into their DSCP as the bits of Open vSwitch's ct_state, and they come out at "out". What the
connection is then is asked over ctnetlink. A frame's own DSCP chooses its zone and the mark of the
connection that it begins; with ECN 1 it sets that connection's mark.

Commands are lines on standard input, answers lines on standard output, fields with tabs between:
  zones ZONE...        zones by DSCP, from 0 on; answers "ready"
  packet HEX [WHOLE]   of a frame, which may be a fragment of WHOLE: CT_STATE, then of the packet's connection: LINE, REPLIED|UNREPLIED, SECONDS
  dump                 LINE, REPLIED|UNREPLIED, SECONDS for each connection, then "end"
  flush                "flushed"
  nat RULE             one more rule of translation: words of nft, of which the last begin with "snat"
                       or "dnat"; answers "ready"
  frame HEX            the frame as it came out, "-" if it did not
LINE is as Open vSwitch and Sluice dump connections; "-" stands for no connection, and a CT_STATE of
-1 for a packet that did not come out.
"""

import ipaddress
import os
import socket
import struct
import subprocess
import sys

ROUTER = bytes.fromhex("020000000001")
BEYOND = bytes.fromhex("020000000099")  # Nobody has it: what arrives there is not looked at.
NEW, EST, REL, RPL, INV, TRK = 1, 2, 4, 8, 16, 32
MARK_BY_ECN = 0xAA
MARKER_FROM = "192.0.2.77"

NETLINK_NETFILTER = 12
CONNTRACK = 1 << 8
NLM_F_REQUEST, NLM_F_ACK, NLM_F_DUMP = 1, 4, 0x300
NLMSG_ERROR, NLMSG_DONE = 2, 3
NESTED = 0x8000
TCP_STATES = ("NONE", "SYN_SENT", "SYN_RECV", "ESTABLISHED", "FIN_WAIT", "CLOSE_WAIT",
              "LAST_ACK", "TIME_WAIT", "CLOSE", "SYN_SENT2")
SCTP_STATES = ("NONE", "CLOSED", "COOKIE_WAIT", "COOKIE_ECHOED", "ESTABLISHED", "SHUTDOWN_SENT",
               "SHUTDOWN_RECD", "SHUTDOWN_ACK_SENT", "HEARTBEAT_SENT")
# Netfilter keeps them for 3 s, and a comparison may take longer. TrackingRouter has the same.
SHORT_STATES = ("cookie_wait", "cookie_echoed", "shutdown_sent", "shutdown_recd",
                "shutdown_ack_sent")
PROTOCOLS = {1: "icmp", 2: "igmp", 6: "tcp", 17: "udp", 33: "dccp", 47: "gre", 50: "esp", 51: "ah",
             58: "icmpv6", 132: "sctp", 136: "udplite"}
WITH_PORTS = (6, 17, 132)
S_SEEN_REPLY = 2


def write(path, value):
    with open(path, "w") as file:
        file.write(value)


def run(*command, text=None):
    done = subprocess.run(command, input=text, text=True, stderr=subprocess.PIPE)
    if done.returncode:
        sys.exit(f"{' '.join(command)}: {done.stderr.strip()}")


def make_router():
    for setting in ("ipv4/ip_forward=1", "ipv4/conf/all/rp_filter=0",
                    "ipv4/conf/default/rp_filter=0", "ipv4/icmp_ratelimit=0",
                    "ipv6/conf/default/accept_dad=0", "ipv6/conf/all/forwarding=1"):
        name, value = setting.split("=")
        write("/proc/sys/net/" + name, value)
    for state in SHORT_STATES:
        write("/proc/sys/net/netfilter/nf_conntrack_sctp_timeout_" + state, "60")
    for inner, outer in (("rin", "in"), ("rout", "out")):
        run("ip", "link", "add", inner, "type", "veth", "peer", "name", outer)
        run("ip", "link", "set", outer, "up")
    run("ip", "link", "set", "rin", "address", ROUTER.hex(":"))
    for inner in ("rin", "rout"):
        run("ip", "link", "set", inner, "up")
    run("ip", "address", "add", "192.0.2.2/24", "dev", "rout")
    for version, next_hop in (("-4", "192.0.2.1"), ("-6", "fe80::99")):
        run("ip", version, "neighbour", "add", next_hop, "lladdr", BEYOND.hex(":"),
            "dev", "rout", "nud", "permanent")
        run("ip", version, "route", "add", "default", "via", next_hop, "dev", "rout")


def rules(zones):
    # What marks the end of waiting is no connection.
    to_zones, marks, answers = [f"ip saddr {MARKER_FROM} notrack accept"], [], []
    for ip in ("ip", "ip6"):
        for dscp, zone in enumerate(zones):
            to_zones.append(f"{ip} dscp {dscp} ct zone set {zone}")
            marks.append(f"{ip} dscp {dscp} ct state new ct mark set {256 + dscp}")
        # The mark of a connection that this packet does not begin stays, but for ECN 1.
        marks.append(f"{ip} ecn ect1 ct state new,established ct mark set {MARK_BY_ECN}")
        for state, bits in (("untracked", 0), ("invalid", TRK | INV), ("new", TRK | NEW),
                            ("established ct direction original", TRK | EST),
                            ("established ct direction reply", TRK | EST | RPL),
                            ("related ct direction original", TRK | REL),
                            ("related ct direction reply", TRK | REL | RPL)):
            answers.append(f"ct state {state} {ip} dscp set {bits}")
    run("nft", "-f", "-", text=f"""
table inet tracking
delete table inet tracking
table inet tracking {{
    chain zones {{
        type filter hook prerouting priority raw
        {'''
        '''.join(to_zones)}
    }}
    chain answers {{
        type filter hook forward priority filter
        {'''
        '''.join(marks + answers)}
    }}
}}
""")


def translate(rule):
    source = " snat " in rule
    hook, priority = ("postrouting", "srcnat") if source else ("prerouting", "dstnat")
    run("nft", "-f", "-", text=f"""
table inet translation {{
    chain {hook} {{
        type nat hook {hook} priority {priority}
        {rule}
    }}
}}
""")


def attribute(kind, content):
    return struct.pack("=HH", 4 + len(content), kind) + content + bytes(-len(content) % 4)


def attributes(data):
    found, at = {}, 0
    while at + 4 <= len(data):
        length, kind = struct.unpack_from("=HH", data, at)
        found[kind & 0x3FFF] = data[at + 4:at + length]
        at += (length + 3) & ~3
    return found


def header_of_transport(frame):
    """(family, protocol, addresses, transport header) of an IP packet without extensions."""
    if frame[14] >> 4 == 6:
        return socket.AF_INET6, frame[20], frame[22:54], frame[54:]
    return socket.AF_INET, frame[23], frame[26:34], frame[14 + 4 * (frame[14] & 15):]


def tuple_attribute(family, protocol, addresses, header):
    """The packet's tuple, for a lookup; None if it has none."""
    half = len(addresses) // 2
    first = 1 if family == socket.AF_INET else 3
    ip = attribute(first, addresses[:half]) + attribute(first + 1, addresses[half:])
    proto = attribute(1, bytes([protocol]))
    if protocol in (1, 58):
        if len(header) < 8:
            return None
        first = 4 if protocol == 1 else 7
        proto += attribute(first, header[4:6])
        proto += attribute(first + 1, header[0:1]) + attribute(first + 2, header[1:2])
    elif protocol in WITH_PORTS:
        if len(header) < 4:
            return None
        proto += attribute(2, header[0:2]) + attribute(3, header[2:4])
    elif protocol == 47:
        proto += attribute(2, b"\0\0") + attribute(3, b"\0\0")
    return attribute(1 | NESTED, attribute(1 | NESTED, ip) + attribute(2 | NESTED, proto))


def shown_tuple(data):
    parts = attributes(data)
    ip, proto = attributes(parts[1]), attributes(parts[2])
    src, dst = (ip[1], ip[2]) if 1 in ip else (ip[3], ip[4])
    number = proto[1][0]
    shown = f"src={ipaddress.ip_address(src)},dst={ipaddress.ip_address(dst)}"
    if number in (1, 58):
        first = 4 if number == 1 else 7
        shown += f",id={int.from_bytes(proto[first], 'big')}"
        shown += f",type={proto[first + 1][0]},code={proto[first + 2][0]}"
    elif number in WITH_PORTS:
        shown += f",sport={int.from_bytes(proto[2], 'big')},dport={int.from_bytes(proto[3], 'big')}"
    return number, shown


def shown_connection(message):
    parts = attributes(message)
    number, original = shown_tuple(parts[1])
    line = f"{PROTOCOLS.get(number, number)},orig=({original}),reply=({shown_tuple(parts[2])[1]})"
    zone = int.from_bytes(parts.get(18, b""), "big")
    mark = int.from_bytes(parts.get(8, b""), "big")
    line += f",zone={zone}" if zone else ""
    line += f",mark={mark}" if mark else ""
    if number in (6, 132):
        kind, states = (1, TCP_STATES) if number == 6 else (3, SCTP_STATES)
        state = attributes(attributes(parts[4])[kind])[1][0]
        line += f",protoinfo=(state={states[state]})"
    replied = int.from_bytes(parts[3], "big") & S_SEEN_REPLY
    seconds = int.from_bytes(parts.get(7, b""), "big")
    return f"{line}\t{'REPLIED' if replied else 'UNREPLIED'}\t{seconds}"


class Conntrack:
    GET, DELETE = 1, 2

    def __init__(self):
        self.socket = socket.socket(socket.AF_NETLINK, socket.SOCK_RAW, NETLINK_NETFILTER)
        self.socket.bind((0, 0))
        self.socket.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 1 << 22)
        self.sequence = 0

    def ask(self, command, flags, family, content=b""):
        """The messages that answer; an error that says there is no such entry answers nothing."""
        self.sequence += 1
        body = struct.pack("=BBH", family, 0, 0) + content
        self.socket.send(struct.pack("=IHHII", 16 + len(body), CONNTRACK | command,
                                     NLM_F_REQUEST | flags, self.sequence, 0) + body)
        while True:
            data = self.socket.recv(1 << 17)
            at = 0
            while at + 16 <= len(data):
                length, kind, _, sequence, _ = struct.unpack_from("=IHHII", data, at)
                content = data[at + 16:at + length]
                at += (length + 3) & ~3
                if sequence != self.sequence or kind == NLMSG_DONE:
                    return
                if kind == NLMSG_ERROR:
                    error = -struct.unpack_from("=i", content)[0]
                    if error not in (0, 2):
                        raise OSError(error, "ctnetlink")
                    return
                yield shown_connection(content[4:])
                if not flags & (NLM_F_DUMP | NLM_F_ACK):
                    return

    def of_packet(self, frame, zones):
        family, protocol, addresses, header = header_of_transport(frame)
        key = tuple_attribute(family, protocol, addresses, header)
        if key is None:
            return "-"
        traffic_class = (frame[14] & 15) << 4 | frame[15] >> 4 if frame[14] >> 4 == 6 else frame[15]
        zone = attribute(18, struct.pack(">H", zones[traffic_class >> 2]))
        try:
            return next(iter(list(self.ask(self.GET, 0, family, key + zone))), "-")
        except OSError:
            return "-"  # A tuple that no connection can have, such as that of an ICMP error.

    def dump(self):
        yield from self.ask(self.GET, NLM_F_DUMP, socket.AF_UNSPEC)

    def flush(self):
        list(self.ask(self.DELETE, NLM_F_ACK, socket.AF_UNSPEC))


class Wire:
    def __init__(self):
        self.into = socket.socket(socket.AF_PACKET, socket.SOCK_RAW, 0)
        self.into.bind(("in", 0))
        self.out_of = socket.socket(socket.AF_PACKET, socket.SOCK_RAW, socket.htons(3))
        self.out_of.bind(("out", 0))
        self.markers = 0

    def forwarded(self, frame):
        """The frame as the router forwards it, or None if it does not: then a marker that was sent
        after it arrives alone. On one core frames do not pass each other."""
        self.into.send(ROUTER + BEYOND + frame[12:])
        marker = None
        self.out_of.settimeout(0.02)
        while True:
            try:
                out = self.out_of.recv(65536)
            except TimeoutError:
                if marker:
                    sys.exit("the router forwards nothing any more")
                marker = self.send_marker()
                self.out_of.settimeout(10)
                continue
            if marker and out[26:] == marker:
                return None
            # A marker that is late is that of a frame before.
            if out[:6] == BEYOND and out[26:30] != socket.inet_aton(MARKER_FROM):
                return out

    def forwarded_parts(self, part):
        """The first of the frames that the router forwards now that this fragment has come, or None:
        it sends a datagram in as many as it likes."""
        self.into.send(ROUTER + BEYOND + part[12:])
        marker = self.send_marker()
        self.out_of.settimeout(10)
        first = None
        while True:
            out = self.out_of.recv(65536)
            if out[26:] == marker:
                return first
            if not first and out[:6] == BEYOND and out[26:30] != socket.inet_aton(MARKER_FROM):
                first = out

    def send_marker(self):
        """Sends a datagram that no other is like; returns what follows its IP header's checksum."""
        self.markers += 1
        header = struct.pack(">BBHHHBBH", 0x45, 0, 32, 0, 0, 9, 17, 0)
        addresses = socket.inet_aton(MARKER_FROM) + socket.inet_aton("192.0.2.1")
        words = sum(struct.unpack(">10H", header + addresses))
        checksum = 0xFFFF - words % 0xFFFF
        rest = addresses + struct.pack(">HHHHI", 9, 9, 12, 0, self.markers)
        self.into.send(ROUTER + BEYOND + b"\x08\0" + header[:10] + struct.pack(">H", checksum) + rest)
        return rest

    def ct_state(self, frame, is_part):
        """What the router says of the packet, or -1 if it does not forward it."""
        out = self.forwarded_parts(frame) if is_part else self.forwarded(frame)
        if out is None:
            return -1
        return ((out[14] & 15) << 4 | out[15] >> 4 if out[14] >> 4 == 6 else out[15]) >> 2


def serve():
    os.sched_setaffinity(0, {max(os.sched_getaffinity(0))})
    make_router()
    conntrack, wire, zones = Conntrack(), Wire(), [0]
    for line in sys.stdin:
        command, *words = line.split()
        if command == "packet":
            frame = bytes.fromhex(words[0])
            whole = bytes.fromhex(words[-1])
            print(wire.ct_state(frame, frame != whole), conntrack.of_packet(whole, zones), sep="\t")
        elif command == "dump":
            for shown in conntrack.dump():
                print(shown)
            print("end")
        elif command == "flush":
            conntrack.flush()
            print("flushed")
        elif command == "nat":
            translate(line.removeprefix("nat "))
            print("ready")
        elif command == "frame":
            out = wire.forwarded(bytes.fromhex(words[0]))
            print(out.hex() if out else "-")
        elif command == "zones":
            zones = [int(word) for word in words]
            rules(zones)
            print("ready")
        else:
            sys.exit("unknown command " + command)
        # Answers are read once all of a sequence has been written.
        sys.stdout.flush()


serve()
