#!/usr/bin/env python3
"""Checks the house rules over the whole tree: floors, circles, headers that stand alone, sizes,
words, format. Prints one line a finding; the last line is `N passed, N failed` over the files."""

import argparse
import concurrent.futures
import hashlib
import re
import shutil
import subprocess
import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent))
import classes  # noqa: E402
import floors  # noqa: E402

ROOT = Path(__file__).resolve().parents[2]
CPP = {".cpp", ".hpp"}
TEXT = CPP | {".py", ".sh", ".build", ".txt", ".scd", ".md", ""}
INCLUDE = re.compile(r'^\s*#\s*include\s*([<"])([^>"]+)[>"]', re.M)


class Report:
    """Findings by file."""

    def __init__(self):
        self.failed = {}

    def add(self, path, line, text):
        self.failed.setdefault(str(path), []).append(text)
        print(f"{path}:{line}: {text}")


def project_files():
    listed = subprocess.run(
        ["git", "-C", ROOT, "ls-files", "-co", "--exclude-standard", "-z"],
        capture_output=True, check=False)
    if listed.returncode == 0:
        names = [Path(n) for n in listed.stdout.decode().split("\0") if n]
    else:
        names = [p.relative_to(ROOT) for p in ROOT.rglob("*") if p.is_file()]
        names = [p for p in names if not p.parts[0].startswith(("build", "."))]
    return sorted(p for p in names if (ROOT / p).is_file() and p.suffix in TEXT)


def folder_of(path):
    """The row of the floors table that a file belongs to; None for tests and the like."""
    for folder in sorted(floors.FLOORS, key=len, reverse=True):
        if str(path).startswith(folder + "/"):
            return folder
    return None


def is_in(folder, folders):
    """True when a folder is one of these, or a room inside of one."""
    return any(folder == outer or folder.startswith(outer + "/") for outer in folders)


def may_include(folder, target):
    other = folder_of(Path(target))
    if other is None:
        return False
    allowed = floors.FLOORS[folder]
    return (other == folder or is_in(other, allowed)
            or ("options.hpp" in allowed and target.endswith("options.hpp")))


def check_floors(path, text, report):
    folder = folder_of(path)
    if folder is None:
        return
    for match in INCLUDE.finditer(text):
        line = text.count("\n", 0, match.start()) + 1
        kind, target = match.groups()
        if kind == '"':
            if not (ROOT / target).is_file():
                report.add(path, line, f'"{target}" is not a path from the root of the tree')
            elif not may_include(folder, target):
                report.add(path, line, f"{folder}/ may not include {target}")
        else:
            for library, folders in floors.LIBRARIES.items():
                if target.startswith(library + "/") and not is_in(folder, folders):
                    report.add(path, line, f"{folder}/ may not include <{target}>")


def check_circles(includes, report):
    done = set()

    def visit(name, trail):
        if name in trail:
            circle = trail[trail.index(name):] + [name]
            report.add(name, 1, "includes go in a circle: " + " -> ".join(circle))
            return
        if name in done:
            return
        for target in includes.get(name, ()):
            visit(target, trail + [name])
        done.add(name)

    for name in sorted(includes):
        visit(name, [])


def without_comments(text):
    """The text with comments and literals blanked out, lines kept."""
    token = re.compile(
        r'//[^\n]*|/\*.*?\*/|R"([^()\\\s]*)\(.*?\)\1"|"(?:\\.|[^"\\\n])*"|\'(?:\\.|[^\'\\\n])+\'',
        re.S)

    def blank(match):
        body = match.group(0)
        if body[0] == "'" and match.start() > 0 and text[match.start() - 1].isalnum():
            return body  # a digit separator
        return '""' + "\n" * body.count("\n")

    text = re.sub(r"(?<=[0-9a-fA-F])'(?=[0-9a-fA-F])", "", text)
    return token.sub(blank, text)


def functions(text):
    """(first line, last line, head) of each function body at namespace or class level, of a text
    without comments."""
    text = re.sub(r"^[ \t]*#[^\n]*", "", text, flags=re.M)
    stack, head_from, found = [], 0, []
    for match in re.finditer(r"[{};]", text):
        mark, at = match.group(0), match.start()
        inside = any(kind in ("function", "value") for kind, _, _ in stack)
        if mark == "{":
            head = text[head_from:at].strip()
            if inside:
                kind = "value"
            elif re.search(r"\bnamespace\b|\bextern\s+\"\"", head) or head == "":
                kind = "scope"
            elif "(" in head and not re.search(r"=\s*$", head):
                kind = "function"
            elif re.match(r"(template\s*<.*>\s*)?(typedef\s+)?(class|struct|union|enum)\b", head,
                          re.S):
                kind = "scope"
            else:
                kind = "value"
            start = head_from + len(text[head_from:at]) - len(text[head_from:at].lstrip())
            stack.append((kind, text.count("\n", 0, start) + 1, head))
        elif mark == "}" and stack:
            kind, first, head = stack.pop()
            if kind == "function":
                found.append((first, text.count("\n", 0, at) + 1, head))
        if not any(kind in ("function", "value") for kind, _, _ in stack):
            head_from = match.end()
    return found


def check_sizes(path, text, report):
    lines = text.splitlines()
    if len(lines) > floors.MAX_FILE_LINES:
        report.add(path, len(lines), f"{len(lines)} lines, at most {floors.MAX_FILE_LINES}")
    table = False  # of test cases, between the marks that keep clang-format off it too
    for number, line in enumerate(lines, 1):
        table = "clang-format off" in line or (table and "clang-format on" not in line)
        if len(line) > floors.MAX_COLUMNS and not table:
            report.add(path, number, f"{len(line)} columns, at most {floors.MAX_COLUMNS}")
    if path.suffix in CPP:
        for first, last, head in functions(without_comments(text)):
            size = last - first + 1
            if size > floors.MAX_FUNCTION_LINES:
                name = re.split(r"\(", head)[0].split()[-1:]
                report.add(path, first, f"function {''.join(name)} has {size} lines, "
                                        f"at most {floors.MAX_FUNCTION_LINES}")


def check_classes(paths, texts, report):
    product = [p for p in paths if folder_of(p) and p.parts[0] != "bench"]
    found = classes.measure({p: without_comments(texts[str(p)]) for p in product}, functions)
    for name, (lines, members) in sorted(found.items()):
        usual = (floors.MAX_CLASS_LINES, floors.MAX_CLASS_MEMBERS)
        most = floors.LARGER_CLASSES.get(name, usual)
        if lines > most[0] or members > most[1]:
            report.add(name, 0, f"{lines} lines over all files and {members} data members, "
                                f"at most {most[0]} and {most[1]}")
        elif most != usual and lines <= usual[0] and members <= usual[1]:
            report.add(name, 0, "needs no row in LARGER_CLASSES any more")


def check_words(path, text, report):
    stem = set(re.split(r"[_\-.]", path.name.lower()))
    for name in floors.BANNED_NAMES:
        if name in stem:
            report.add(path, 1, f"a file called {name} says nothing of what is in it")
    if path == Path("tests/tidy/floors.py"):
        return
    for word in floors.BANNED_WORDS:
        for match in re.finditer(rf"\b{word}\b", text):
            report.add(path, text.count("\n", 0, match.start()) + 1, f"{word} is not kept in code")


# In backticks or as the target of a link, from the root or from the page's own folder.
NAMED_PATH = re.compile(r"`((?:[\w.-]+/)+[\w.-]+\.\w+)`|\]\(((?!https?:)[\w./-]+)\)")
PATTERN = re.compile(r"\bNAME\b|\bROOM\b")


def check_named_paths(path, text, report):
    """What a page for people names has to be there."""
    for match in NAMED_PATH.finditer(text):
        name = match.group(1) or match.group(2)
        roots = (ROOT, ROOT / path.parent)
        if name.startswith("build") or PATTERN.search(name):
            continue
        if match.group(1) and not (ROOT / name.split("/")[0]).is_dir():
            continue  # of something else than this tree
        if not any((root / name).exists() for root in roots):
            report.add(path, text.count("\n", 0, match.start()) + 1, f"there is no {name}")


def compiler_flags():
    packages = ["fmt", "spdlog", "libmnl", "yaml-cpp"]
    flags = subprocess.run(["pkg-config", "--cflags", *packages], capture_output=True, text=True,
                           check=False).stdout.split()
    return ["-std=c++23", "-Wall", "-Wextra", "-Werror", "-fsyntax-only",
            "-Wno-missing-field-initializers", '-DPIPIT_SOURCE_ROOT="."', "-I", str(ROOT),
            "-DBOOST_ASIO_NO_DEPRECATED", "-DBOOST_ASIO_SEPARATE_COMPILATION",
            '-DPIPIT_VERSION="0"', *flags]


def check_own_header_first(path, text, texts, report):
    """A source begins with its own header: where the source compiles, the header stands alone."""
    own = str(path.with_suffix(".hpp"))
    first = INCLUDE.search(text)
    if path.suffix == ".cpp" and own in texts and (not first or first.group(2) != own):
        report.add(path, 1, f'"{own}" is to be included before everything else')


def headers_without_source(cpp, texts):
    """Headers that no compiled source proves: the tests' sources have a precompiled header."""
    return [str(p) for p in cpp if p.suffix == ".hpp"
            and (p.parts[0] == "tests" or str(p.with_suffix(".cpp")) not in texts)]


def check_headers(headers, texts, includes, report):
    """Compiles each header alone; what did not change since it last passed is not compiled."""
    flags = compiler_flags()
    cache = ROOT / ".cache" / "tidy"
    cache.mkdir(parents=True, exist_ok=True)

    def reach(name, seen):
        if name not in seen:
            seen.add(name)
            for target in includes.get(name, ()):
                reach(target, seen)
        return seen

    def compile_alone(name):
        digest = hashlib.sha256(" ".join(flags).encode())
        for part in sorted(reach(name, set())):
            digest.update(part.encode() + b"\0" + texts[part].encode() + b"\0")
        stamp = cache / digest.hexdigest()
        if stamp.exists():
            return name, ""
        run = subprocess.run(["g++", *flags, "-include", name, "-x", "c++", "-"], input="",
                             capture_output=True, text=True, cwd=ROOT, check=False)
        if run.returncode == 0:
            stamp.touch()
        return name, run.stderr if run.returncode else ""

    with concurrent.futures.ThreadPoolExecutor(2) as pool:
        for name, errors in pool.map(compile_alone, headers):
            if errors:
                report.add(name, 1, "does not compile alone:\n" + errors.strip())


def check_format(paths, report):
    tool = shutil.which("clang-format-19")
    if tool is None:
        print("tidy: clang-format-19 is not installed, format not checked")
        return
    run = subprocess.run([tool, "--dry-run", "-Werror", *map(str, paths)], cwd=ROOT,
                         capture_output=True, text=True, check=False)
    for name in sorted(set(re.findall(r"^(\S+?):\d+:\d+: error:", run.stderr, re.M))):
        report.add(name, 1, f"is not formatted: run clang-format-19 -i {name}")


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--no-headers", action="store_true", help="leave out compiling headers")
    arguments = parser.parse_args()

    report = Report()
    paths = project_files()
    texts = {str(p): (ROOT / p).read_text(errors="replace") for p in paths}
    cpp = [p for p in paths if p.suffix in CPP]
    includes = {str(p): [t for kind, t in INCLUDE.findall(texts[str(p)])
                         if kind == '"' and t in texts] for p in cpp}
    for path in paths:
        text = texts[str(path)]
        check_words(path, text, report)
        if path.suffix == ".md" and path.name != "CHANGELOG.md":
            check_named_paths(path, text, report)
        if path.suffix in CPP | {".py"} or text.startswith("#!"):
            check_sizes(path, text, report)
        if path.suffix in CPP:
            check_floors(path, text, report)
            check_own_header_first(path, text, texts, report)
    check_circles(includes, report)
    check_classes(cpp, texts, report)
    check_format(cpp, report)
    if not arguments.no_headers:
        check_headers(headers_without_source(cpp, texts), texts, includes, report)

    failed = len(report.failed)
    print(f"{len(paths) - failed} passed, {failed} failed")
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
