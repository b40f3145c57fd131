"""BGP messages as octets: enough to say anything, right or wrong, and to read what comes back."""

import ipaddress
import struct
from dataclasses import dataclass, field

OPEN, UPDATE, NOTIFICATION, KEEPALIVE, ROUTE_REFRESH = 1, 2, 3, 4, 5
MARKER = b"\xff" * 16

# flags of path attributes (RFC 4271 4.3)
WELL_KNOWN, OPTIONAL, TRANSITIVE, PARTIAL, EXTENDED = 0x40, 0x80, 0x40, 0x20, 0x10


def message(kind, body=b""):
    return MARKER + struct.pack("!HB", 19 + len(body), kind) + body


def keepalive():
    return message(KEEPALIVE)


def notification(code, subcode, data=b""):
    return message(NOTIFICATION, bytes([code, subcode]) + data)


def route_refresh(afi=1, safi=1, subtype=0):
    return message(ROUTE_REFRESH, struct.pack("!HBB", afi, subtype, safi))


def capability(code, value=b""):
    return bytes([code, len(value)]) + value


def multiprotocol(afi=1, safi=1):
    return capability(1, struct.pack("!HBB", afi, 0, safi))


def default_capabilities(asn):
    return multiprotocol(1) + multiprotocol(2) + capability(2) + capability(
        65, struct.pack("!I", asn))


def open_message(asn, identifier, hold=90, capabilities=None, version=4):
    """`capabilities`: their octets; None: the usual ones; b"": no parameter at all."""
    caps = default_capabilities(asn) if capabilities is None else capabilities
    parameters = bytes([2, len(caps)]) + caps if caps else b""
    short = asn if asn < 65536 else 23456
    return message(OPEN, struct.pack("!BHH", version, short, hold)
                   + ipaddress.IPv4Address(identifier).packed
                   + bytes([len(parameters)]) + parameters)


def nlri(*prefixes):
    """Prefixes of either family in wire form."""
    out = b""
    for text in prefixes:
        network = ipaddress.ip_network(text)
        out += bytes([network.prefixlen])
        out += network.network_address.packed[:(network.prefixlen + 7) // 8]
    return out


def attribute(flags, code, value):
    if len(value) > 255 or flags & EXTENDED:
        return struct.pack("!BBH", flags | EXTENDED, code, len(value)) + value
    return bytes([flags, code, len(value)]) + value


def origin(value=0):
    return attribute(WELL_KNOWN, 1, bytes([value]))


def as_sequence(*numbers):
    return bytes([2, len(numbers)]) + struct.pack(f"!{len(numbers)}I", *numbers)


def as_path(*numbers):
    return attribute(WELL_KNOWN, 2, as_sequence(*numbers) if numbers else b"")


def next_hop(address):
    return attribute(WELL_KNOWN, 3, ipaddress.ip_address(address).packed)


def med(value):
    return attribute(OPTIONAL, 4, struct.pack("!I", value))


def local_preference(value=100):
    return attribute(WELL_KNOWN, 5, struct.pack("!I", value))


def communities(*values):
    packed = b"".join(struct.pack("!HH", *map(int, v.split(":"))) for v in values)
    return attribute(OPTIONAL | TRANSITIVE, 8, packed)


def reach_v6(hop, *prefixes):
    packed = ipaddress.IPv6Address(hop).packed
    return attribute(OPTIONAL, 14, struct.pack("!HBB", 2, 1, len(packed)) + packed + b"\0"
                     + nlri(*prefixes))


def unreach_v6(*prefixes):
    return attribute(OPTIONAL, 15, struct.pack("!HB", 2, 1) + nlri(*prefixes))


def update(attributes=b"", announced=b"", withdrawn=b""):
    return message(UPDATE, struct.pack("!H", len(withdrawn)) + withdrawn
                   + struct.pack("!H", len(attributes)) + attributes + announced)


END_OF_RIB = update()


def end_of_rib_v6():
    return update(unreach_v6())


@dataclass
class Update:
    """An UPDATE that was received."""

    withdrawn: list = field(default_factory=list)
    attributes: dict = field(default_factory=dict)  # code: (flags, value)
    announced: list = field(default_factory=list)

    def end_of_rib(self):
        """The family whose End-of-RIB this is, or None."""
        if self.withdrawn or self.announced:
            return None
        if not self.attributes:
            return "ipv4"
        if list(self.attributes) == [15] and self.attributes[15][1] == b"\0\2\1":
            return "ipv6"
        return None


def split(stream):
    """(messages as (kind, body), rest) of a byte stream."""
    found = []
    while len(stream) >= 19:
        length = struct.unpack("!H", stream[16:18])[0]
        if stream[:16] != MARKER or length < 19:
            raise ValueError(f"not a BGP header: {stream[:19].hex()}")
        if len(stream) < length:
            break
        found.append((stream[18], stream[19:length]))
        stream = stream[length:]
    return found, stream


def read_prefixes(data, v6=False):
    found = []
    size = 16 if v6 else 4
    while data:
        length, octets = data[0], (data[0] + 7) // 8
        address = ipaddress.ip_address(data[1:1 + octets].ljust(size, b"\0"))
        found.append(f"{address}/{length}")
        data = data[1 + octets:]
    return found


def read_update(body):
    result = Update()
    size = struct.unpack("!H", body[:2])[0]
    result.withdrawn = read_prefixes(body[2:2 + size])
    rest = body[2 + size:]
    size = struct.unpack("!H", rest[:2])[0]
    attributes, result.announced = rest[2:2 + size], read_prefixes(rest[2 + size:])
    while attributes:
        flags, code = attributes[0], attributes[1]
        if flags & EXTENDED:
            length, head = struct.unpack("!H", attributes[2:4])[0], 4
        else:
            length, head = attributes[2], 3
        result.attributes[code] = (flags, attributes[head:head + length])
        attributes = attributes[head + length:]
    reach = result.attributes.get(14, (0, b""))[1]
    if reach[:3] == b"\0\2\1":
        result.announced += read_prefixes(reach[5 + reach[3]:], v6=True)
    unreach = result.attributes.get(15, (0, b""))[1]
    if unreach[:3] == b"\0\2\1":
        result.withdrawn += read_prefixes(unreach[3:], v6=True)
    return result
