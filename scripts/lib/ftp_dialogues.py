"""Control connections of FTP whose both ends write down what they get, to compare routers between them.

ftp_dialogues.py server: answers at port 21 until it is killed.
ftp_dialogues.py client HOST COMMAND ANSWER [COMMAND ANSWER]...: a connection for each command, which the
server answers with ANSWER; prints what each side got. The connections stay open until standard input
ends, after the line "open".
"""

import socket
import sys

TIMEOUT_S = 10


def read_line(end):
    line = b""
    while not line.endswith(b"\r\n"):
        more = end.recv(1)
        if not more:
            return None
        line += more
    return line[:-2].decode()


def serve():
    listener = socket.create_server(("::", 21), family=socket.AF_INET6, dualstack_ipv6=True)
    ends = []
    while True:
        end, _ = listener.accept()
        ends.append(end)
        end.sendall(b"220 ready\r\n")
        # What it is to say comes first, in a line that no helper looks at.
        answer = read_line(end).removeprefix("SITE ")
        end.sendall(b"200 ok\r\n")
        command = read_line(end)
        end.sendall(answer.encode() + b"\r\n")
        read_line(end)
        end.sendall(b"200 <" + command.replace(",", ";").encode() + b">\r\n")


def dialogue(host, command, answer):
    end = socket.create_connection((host, 21), timeout=TIMEOUT_S)
    read_line(end)
    end.sendall(b"SITE " + answer.encode() + b"\r\n")
    read_line(end)
    end.sendall(command.encode() + b"\r\n")
    got = read_line(end)
    # After data whose length may have changed.
    end.sendall(b"NOOP\r\n")
    print(f"{command}: the server got {read_line(end)}; {answer}: the client got {got}", flush=True)
    return end


def main():
    if sys.argv[1] == "server":
        serve()
    host, words = sys.argv[2], sys.argv[3:]
    ends = [dialogue(host, *pair) for pair in zip(words[::2], words[1::2])]
    print("open", flush=True)
    sys.stdin.read()
    for end in ends:
        end.close()


main()
