"""What an operator's policies usually ask, said in the language of each daemon: on import 11 prefix
ranges, the length of the prefix, AS numbers, the length of AS_PATH and three communities, and one
community more; on export two communities, and a set of communities less.

Every route of the load generator passes, and what import adds export takes away: so each receiver
still holds exactly what was announced."""

import re

BOGONS = ("0.0.0.0/8", "10.0.0.0/8", "100.64.0.0/10", "127.0.0.0/8", "169.254.0.0/16",
          "172.16.0.0/12", "192.0.2.0/24", "192.168.0.0/16", "198.18.0.0/15", "198.51.100.0/24",
          "224.0.0.0/3")
SHORTEST, LONGEST = 8, 24
RESERVED = ((64496, 131071), (4200000000, 4294967295))  # AS numbers
LONGEST_PATH = 40
REFUSED = ("65100:1", "65100:2", "65100:3")
ADDED = "65100:100"
UNSENT = ("65100:10", "65100:11")
OWN = 65100  # communities that stay here: all that begin so

PIPIT = {
    "sets": {
        "prefixes": {"bogons": [f"{p} le 32" for p in BOGONS]},
        "as-numbers": {"reserved": [f"{low}-{high}" for low, high in RESERVED]},
        "communities": {"refused": list(REFUSED), "unsent": list(UNSENT), "own": [f"{OWN}:*"]},
    },
    "policies": {
        "usual-in": [
            {"match": {"prefix": "bogons"}, "then": "reject"},
            {"match": {"not": {"prefix-length": f"{SHORTEST}-{LONGEST}"}}, "then": "reject"},
            {"match": {"as-path": {"contains": "reserved"}}, "then": "reject"},
            {"match": {"as-path": {"length": f"{LONGEST_PATH + 1}-65535"}}, "then": "reject"},
            {"match": {"communities": {"any": "refused"}}, "then": "reject"},
            {"set": {"communities": {"add": [ADDED]}}, "then": "accept"},
        ],
        "usual-out": [
            {"match": {"communities": {"any": "unsent"}}, "then": "reject"},
            {"set": {"communities": {"remove": "own"}}, "then": "accept"},
        ],
    },
}


def _pairs(values):
    return ", ".join("({})".format(value.replace(":", ",")) for value in values)


def _bird(text):
    text = re.sub(r"import all; export where source ~ \[[^]]*\];",
                  "import filter usual_in; export filter usual_out;", text)
    reserved = ", ".join(f"{low}..{high}" for low, high in RESERVED)
    return f"""
filter usual_in {{
  if net ~ [ {", ".join(p + "+" for p in BOGONS)} ] then reject;
  if net.len < {SHORTEST} || net.len > {LONGEST} then reject;
  if bgp_path ~ [ {reserved} ] then reject;
  if bgp_path.len > {LONGEST_PATH} then reject;
  if bgp_community ~ [ {_pairs(REFUSED)} ] then reject;
  bgp_community.add({_pairs([ADDED])});
  accept;
}}
filter usual_out {{
  if bgp_community ~ [ {_pairs(UNSENT)} ] then reject;
  bgp_community.delete([ ({OWN},*) ]);
  accept;
}}
""" + text


def _frr(text):
    text = re.sub(r"( +neighbor (\S+) activate)",
                  r"\1\n  neighbor \2 route-map usual-in in\n  neighbor \2 route-map usual-out out",
                  text)
    text = re.sub(r"(router bgp .*)", r"\1\n bgp route-reflector allow-outbound-policy", text)
    # The reserved AS numbers as text.
    reserved = ("_(6449[6-9]|64[5-9][0-9][0-9]|6[5-9][0-9][0-9][0-9]|[7-9][0-9][0-9][0-9][0-9]|"
                "1[0-2][0-9][0-9][0-9][0-9]|130[0-9][0-9][0-9]|1310[0-6][0-9]|13107[01]|"
                "4[2-9][0-9][0-9][0-9][0-9][0-9][0-9][0-9][0-9])_")
    lines = [f"ip prefix-list BOGONS permit {p} le 32" for p in BOGONS]
    lines += [f"ip prefix-list LENGTHS permit 0.0.0.0/0 ge {SHORTEST} le {LONGEST}",
              f"bgp as-path access-list RESERVED permit {reserved}",
              "bgp as-path access-list LONG permit ^([0-9]+ ){%d}" % LONGEST_PATH]
    lines += [f"bgp community-list standard REFUSED permit {c}" for c in REFUSED]
    lines += [f"bgp community-list standard UNSENT permit {c}" for c in UNSENT]
    lines += [f"bgp community-list expanded OWN permit {OWN}:.*",
              "route-map usual-in deny 10", " match ip address prefix-list BOGONS",
              "route-map usual-in deny 20", " match as-path RESERVED",
              "route-map usual-in deny 30", " match as-path LONG",
              "route-map usual-in deny 40", " match community REFUSED",
              "route-map usual-in permit 50", " match ip address prefix-list LENGTHS",
              f" set community {ADDED} additive",
              "route-map usual-out deny 10", " match community UNSENT",
              "route-map usual-out permit 20", " set comm-list OWN delete"]
    return "\n".join(lines) + "\n" + text


def _openbgpd(text):
    bogons = ", ".join(f"{p} or-longer" for p in BOGONS)
    rules = [f'prefix-set "bogons" {{ {bogons} }}', 'deny quick from any prefix-set "bogons"',
             f"deny quick from any inet prefixlen < {SHORTEST}",
             f"deny quick from any inet prefixlen > {LONGEST}"]
    rules += [f"deny quick from any AS {low} - {high}" for low, high in RESERVED]
    rules += [f"deny quick from any max-as-len {LONGEST_PATH}"]
    rules += [f"deny quick from any community {c}" for c in REFUSED]
    rules += [f"allow from any set {{ community {ADDED} }}"]
    rules += [f"deny quick to any community {c}" for c in UNSENT]
    rules += [f"allow to any set {{ community delete {OWN}:* }}"]
    return text.replace("allow from any\nallow to any\n", "\n".join(rules) + "\n")


TEXTS = {"bird": _bird, "frr": _frr, "openbgpd": _openbgpd}


def known_to(daemon):
    """True when the policies can be said in the language of this class of daemons."""
    return daemon.kind == "pipit" or daemon.kind in TEXTS


def apply(speaker, neighbors):
    """Has the daemon run the policies over what these neighbors send and get."""
    if speaker.kind == "pipit":
        speaker.settings.update(PIPIT)
        for neighbor in neighbors:
            neighbor.options.update({"import": "usual-in", "export": "usual-out"})
        return
    plain = speaker.configuration
    speaker.configuration = lambda: TEXTS[speaker.kind](plain())
