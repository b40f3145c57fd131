"""How large each class is, over all the files that define parts of it: lines of definition and data
members. A class is no smaller for being spread over five files."""

import collections
import re

MEMBER_OF = re.compile(r"([\w:]+)::~?(?:\w+|operator[^(]+)\s*\(")
CLASS = re.compile(r"\b(?:class|struct)\s+([\w:]+)(?:\s+final)?(?:\s*:[^;{]*)?\s*\{")
NO_MEMBER = ("using", "friend", "static", "enum", "struct", "class", "template", "typedef",
             "explicit", "virtual", "operator", "#")
ARGUMENTS = re.compile(r"<[^<>]*(?:<[^<>]*(?:<[^<>]*>)?[^<>]*>)*[^<>]*>")
FUNCTION_HEAD = re.compile(r"(?:\)|\bconst|\boverride|\bnoexcept)\s*$")
VARIABLE = re.compile(r"\w[\w\s*&:]*[\s*&](\w+)(\[.*\])?(\s*=.*)?$", re.S)


def body_at(text, start):
    """The text from behind an opening brace to the one that closes it."""
    depth, at = 1, start
    while depth and at < len(text):
        depth += {"{": 1, "}": -1}.get(text[at], 0)
        at += 1
    return text[start:at - 1]


def outer(body):
    """The body with whatever stands in inner braces left out; functions end with a semicolon."""
    found, depth, is_function = [], 0, False
    for letter in body:
        if letter == "{":
            if depth == 0:
                is_function = bool(FUNCTION_HEAD.search("".join(found[-200:])))
            depth += 1
        elif letter == "}":
            depth -= 1
            if depth == 0 and is_function:
                found.append(";")
        elif depth == 0:
            found.append(letter)
    return "".join(found)


def members(body):
    """Data members that a class body declares itself."""
    count = 0
    for statement in outer(body).split(";"):
        statement = re.sub(r'\b(?:public|private|protected):|""', "", statement).strip()
        statement = statement.rsplit("\n\n", 1)[-1].strip()
        if not statement or statement.startswith(NO_MEMBER):
            continue
        plain = ARGUMENTS.sub("", statement)
        if "(" not in plain.split("=")[0] and VARIABLE.match(plain):
            count += 1
    return count


def name_of(room, name):
    """Of an Impl the class that it belongs to, too."""
    parts = name.split("::")
    return f"{room} {'::'.join(parts[-2:]) if parts[-1] == 'Impl' else parts[-1]}"


def measure(sources, functions):
    """{"room Class": (lines, data members)} of {path: text without comments}. `functions(text)`
    gives (first line, last line, head) of each function. Members are those of classes: a struct is
    a row of values and may be long."""
    lines, most = collections.Counter(), collections.Counter()
    for path, text in sources.items():
        room = path.parts[0]
        for first, last, head in functions(text):
            if defined := MEMBER_OF.search(head):
                lines[name_of(room, defined.group(1))] += last - first + 1
        for match in CLASS.finditer(text):
            name, body = name_of(room, match.group(1)), body_at(text, match.end())
            lines[name] += body.count("\n")
            if match.group(0).startswith("class") or name.endswith("::Impl"):
                most[name] = max(most[name], members(body))
    return {name: (lines[name], most[name]) for name in lines}
