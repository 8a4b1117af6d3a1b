"""Drives real peerpy peers for the tests beside it.

Standard input has a command a line, a JSON object with "id" and "do"; each runs
on a thread of its own, so that a call that blocks holds up nothing. Standard
output has an answer to each, with its "id", and events, with an "event". The
process ends with its standard input.

Values travel as Python expressions, which only these tests write. They are
compared here, by Python's own equality and by type, and described in words that
tell apart what == does not.
"""
import datetime
import decimal
import hashlib
import json
import os
import sys
import threading
import time
import traceback

out = os.fdopen(os.dup(1), "w", buffering=1)
sys.stdout = sys.stderr  # peerpy prints

from peerpy import Peer  # noqa: E402

lock = threading.Lock()
peers, conns, received = {}, {}, {}


def tell(**fields):
    with lock:
        out.write(json.dumps(fields) + "\n")


def pattern(seed, size):
    """Bytes that show a gap: the same as the function of that name in Go."""
    block = bytes((seed + i) % 251 for i in range(251))
    return (block * (size // 251 + 1))[:size]


NAMES = {"datetime": datetime, "Decimal": decimal.Decimal, "pattern": pattern, "nan": float("nan"),
         "inf": float("inf")}


def value_of(expression):
    return eval(expression, dict(NAMES))


def describe(value):
    """The value in words: its type and what is in it, sets in order."""
    kind = type(value).__name__
    if isinstance(value, dict):
        return kind + "{" + ", ".join(describe(k) + ": " + describe(v) for k, v in value.items()) + "}"
    if isinstance(value, (list, tuple)):
        return kind + "(" + ", ".join(map(describe, value)) + ")"
    if isinstance(value, (set, frozenset)):
        return kind + "(" + ", ".join(sorted(map(describe, value))) + ")"
    if isinstance(value, (str, bytes, bytearray)) and len(value) > 64:
        raw = value.encode("utf-8", "surrogatepass") if isinstance(value, str) else value
        return "%s of %d, sha256 %s" % (kind, len(value), hashlib.sha256(raw).hexdigest())
    return kind + " " + ascii(value)


def whole(value):
    """What a bulk test needs of a value: size, checksum and type."""
    fields = {"type": type(value).__name__}
    if isinstance(value, (bytes, bytearray)):
        fields.update(size=len(value), sha256=hashlib.sha256(value).hexdigest())
    return fields


def number_of(peer, conn):
    """The number by which the test knows conn; a new one the first time."""
    with lock:
        for number, known in conns.items():
            if known is conn:
                return number
        number = len(conns) + 1
        conns[number] = conn
        received[number] = []
    conn.test_peer = peer
    return number


def watch(peer, conn):
    number = number_of(peer, conn)

    def on_data(_, value):
        with lock:
            received[number].append(value)
            index = len(received[number]) - 1
        tell(event="data", peer=peer.number, conn=number, index=index, **whole(value))
        if peer.echo:
            conn.send(value)

    conn.set_handler("data", on_data)
    conn.set_handler("close", lambda _: tell(event="close", peer=peer.number, conn=number))
    return number


def on_offer(peer, conn):
    tell(event="offer", peer=peer.number, accept=peer.accept, **about(conn))
    return peer.accept


def on_connection(peer, conn):
    # As peerpy's manual says: the handlers are set once the connection stands.
    tell(event="connection", peer=peer.number, conn=watch(peer, conn), **about(conn))


def about(conn):
    return {"remote": conn.target_name, "data_type": conn.data_type, "strict": conn.strict, "stream": conn.stream,
            "data_size": conn.data_size if isinstance(conn.data_size, int) else 0}


def do_open(address="127.0.0.1", timeout=2.0, accept=True, echo=False, invisible=True, **kwargs):
    peer = Peer(address, timeout=timeout, invisible=invisible, handlers={
        "listen": lambda p: tell(event="listen", peer=p.number, address=p.address_name),
        "offer": on_offer,
        "connection": on_connection,
        "stop": lambda p: tell(event="stop", peer=p.number),
    }, **kwargs)
    with lock:
        peer.number = len(peers) + 1
        peers[peer.number] = peer
    peer.accept, peer.echo = accept, echo
    peer.start()
    return {"peer": peer.number, "address": peer.address_name}


def do_connect(peer, address, **kwargs):
    # For a moment after its end a connection is still handed out.
    while getattr(peers[peer].connections.get(address), "closed", False):
        time.sleep(0.005)
    conn = peers[peer].connect(address, **kwargs)
    return {"conn": number_of(peers[peer], conn) if conn else 0}


def do_send(conn, expression, data_type=None):
    """Sends a value; with data_type as one of that type, which lenient means."""
    connection = conns[conn]
    agreed = connection._data_type
    if data_type:
        connection._data_type = data_type
    try:
        return {"sent": bool(connection.send(value_of(expression)))}
    finally:
        connection._data_type = agreed


def do_send_many(conn, sizes):
    """Sends bytes of these sizes: pattern(0, size), pattern(1, size), …"""
    return {"sent": sum(bool(conns[conn].send(pattern(i, size))) for i, size in enumerate(sizes))}


def do_check(conn, index, expression):
    """Compares what was received with a value: equal to Python, and alike."""
    got, want = received[conn][index], value_of(expression)
    return {"equal": (got == want or "nan" in expression) and describe(got) == describe(want),
            "got": describe(got), "want": describe(want)}


def do_broadcast(peer, expression):
    peers[peer].broadcast(value_of(expression))
    return {}


def do_close(conn, force=False):
    conns[conn].close(force)
    return {}


def do_state(conn):
    return {"closed": conns[conn].closed, **about(conns[conn])}


def do_connections(peer):
    return {"names": list(peers[peer].connections)}


def do_local_peers(peer):
    return {"names": peers[peer].get_local_peers()}


def do_set(peer, **kwargs):
    for name, value in kwargs.items():
        setattr(peers[peer], name, value)
    return {}


def do_stop(peer):
    peers[peer].stop(_async=True)
    return {}


def do_rest(seconds):
    """Lets real time pass while both sides have nothing to say."""
    time.sleep(seconds)
    return {}


def run(command):
    number = command.pop("id")
    try:
        answer = globals()["do_" + command.pop("do")](**command)
        tell(id=number, **answer)
    except BaseException as error:  # whatever peerpy raises is an answer
        tell(id=number, error=type(error).__name__ + ": " + str(error))


def on_thread_error(args):
    """A thread of peerpy's that ends so is one of its faults: worth telling."""
    traceback.print_exception(args.exc_type, args.exc_value, args.exc_traceback, limit=-1)
    tell(event="thread_ended", error=args.exc_type.__name__ + ": " + str(args.exc_value))


threading.excepthook = on_thread_error
for line in sys.stdin:
    threading.Thread(target=run, args=(json.loads(line),), daemon=True).start()
os._exit(0)  # whatever peerpy's threads are doing
