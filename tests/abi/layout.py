# SPDX-License-Identifier: Apache-2.0
"""What a header abi.h says to a compiler, and whether another one says the same to those built with the first."""
import pathlib
import re
import subprocess
import tempfile
from typing import NamedTuple

# Plugins make these and the host reads or fills them whole, whatever their `size` says. Who wants one of them to
# grow has the host ask `size` first (host/loader/host_table.cpp), and then takes it from this list.
WHOLE = {"baton_sink", "baton_attributes", "baton_memory"}
# Has no size of its own, but lies in arrays whose elements are `stride` bytes apart.
STRIDE = {"baton_option"}

COMMENT = re.compile(r"/\*.*?\*/|//[^\n]*", re.S)
PREPROCESSOR = re.compile(r"^[ \t]*#(?:[^\n]*\\\n)*[^\n]*\n", re.M)
STRUCT = re.compile(r"typedef struct (\w+) \{(.*?)\} \1;", re.S)
ENUM = re.compile(r"enum \{(.*?)\};", re.S)
TYPE = re.compile(r"typedef (?!struct)[^;{]*\b(\w+);")
OPAQUE = re.compile(r"typedef struct (\w+) \1;")
MACRO = re.compile(r'^#define (BATON_\w+) +("[^"]*"|\d+u?)', re.M)
FUNCTION_MEMBER = re.compile(r"\(\s*\*\s*(\w+)\s*\)\s*\(")
LAST_NAME = re.compile(r"(\w+)\s*(?:\[[^\]]*\])?\s*$")

NOTE = ["name_size", "desc_size", "type", "name", "abi_major", "abi_minor", "json"]

# How the columns of a line are shown.
SAYS = {
    "constant": "{}",
    "enum": "{1} (beside {0})",
    "type": "{0} bytes, {1}",
    "struct": "{} bytes, aligned to {}",
    "member": "at {}, {} bytes, {}",
}

PROGRAM = """#include "%s"
#include <cstddef>
#include <cstdio>
template <class T> const char* name() { return __PRETTY_FUNCTION__; }
void say(const char* what, long long value) { std::printf("constant\\t%%s\\t%%lld\\n", what, value); }
void say(const char* what, const char* value) { std::printf("constant\\t%%s\\t%%s\\n", what, value); }
#define SAY(NAME) say(#NAME, +NAME);
#define ENUM(LIST, NAME) std::printf("enum\\t%%s\\t%%s\\t%%lld\\n", #NAME, #LIST, (long long)NAME);
#define TYPE(NAME) std::printf("type\\t%%s\\t%%zu\\t%%s\\n", #NAME, sizeof(NAME), name<NAME>());
#define STRUCT(NAME) std::printf("struct\\t%%s\\t%%zu\\t%%zu\\n", #NAME, sizeof(NAME), alignof(NAME));
#define MEMBER(S, M) \\
  std::printf("member\\t%%s.%%s\\t%%zu\\t%%zu\\t%%s\\n", #S, #M, offsetof(S, M), sizeof(S::M), name<decltype(S::M)>());
BATON_MANIFEST("{}");
using note = decltype(baton_manifest_note);
int main() {
%s
}
"""


class Header(NamedTuple):
    structs: dict  # name -> names of its members
    enums: list    # lists of names
    types: list
    macros: list   # that have a value


def read(text):
    """Throws ValueError when it meets what it does not know: nothing is passed over."""
    code = COMMENT.sub("", text)
    macros = [name for name, _ in MACRO.findall(code)]
    code = re.sub(r'extern "C" \{|^\}$', "", PREPROCESSOR.sub("", code), flags=re.M)
    structs = {name: [member_name(each) for each in body.split(";")[:-1]] for name, body in STRUCT.findall(code)}
    code = STRUCT.sub("", code)
    enums = [re.findall(r"(\w+)\s*=\s*-?\d+", body) for body in ENUM.findall(code)]
    for body, names in zip(ENUM.findall(code), enums):
        if len(names) != len([part for part in body.split(",") if part.strip()]):
            raise ValueError(f"an enumerator without a number: {body}")
    code = ENUM.sub("", code)
    types = TYPE.findall(code)
    rest = OPAQUE.sub("", TYPE.sub("", code)).strip()
    if rest:
        raise ValueError(f"abi.h has what this does not know: {rest[:200]}")
    return Header(structs, enums, types, macros)


def member_name(declaration):
    found = FUNCTION_MEMBER.search(declaration) or LAST_NAME.search(declaration)
    if not found or (";" in declaration or "," in declaration.split("(")[0]):
        raise ValueError(f"no member of a struct: {declaration}")
    return found.group(1)


def may_grow(header, struct):
    sized = header.structs[struct][0] == "size"
    return (sized and struct not in WHOLE) or struct in STRIDE


def program(path, header):
    lines = [f"SAY({name})" for name in header.macros]
    lines += [f"ENUM({names[0]}, {name})" for names in header.enums for name in names]
    lines += [f"TYPE({name})" for name in header.types]
    for struct, members in [*header.structs.items(), ("note", NOTE)]:
        lines += [f"STRUCT({struct})"] + [f"MEMBER({struct}, {member})" for member in members]
    return PROGRAM % (path, "\n".join(lines))


class Layout(NamedTuple):
    header: Header
    lines: dict  # (kind, name) -> what the compiler says of it


def layout(path, compiler):
    path = pathlib.Path(path).resolve()
    header = read(path.read_text())
    with tempfile.TemporaryDirectory() as folder:
        source, binary = pathlib.Path(folder, "layout.cpp"), pathlib.Path(folder, "layout")
        source.write_text(program(path, header))
        subprocess.run([compiler, "-std=c++20", "-w", source, "-o", binary], check=True)
        said = subprocess.run([binary], check=True, capture_output=True, text=True).stdout
    said = re.sub(r"const char ?\* ?name\(\) \[(?:with )?T = (.*)\]", r"\1", said)
    lines = [line.split("\t") for line in said.splitlines()]
    return Layout(header, {(kind, name): tuple(rest) for kind, name, *rest in lines})


def breaches(old, new):
    """What those who were built with the old header would no longer find as it was."""
    problems = [f"{kind} {name} is gone" for kind, name in old.lines.keys() - new.lines.keys()]
    for key in old.lines.keys() & new.lines.keys():
        problems += changes(key, old, new)
    for key in new.lines.keys() - old.lines.keys():
        problems += additions(key, old, new)
    return sorted(problems)


def minor(of):
    return int(of.lines["constant", "BATON_ABI_MINOR"][0])


def changes(key, old, new):
    (kind, name), was, now = key, old.lines[key], new.lines[key]
    if was == now:
        return
    from_what_to_what = f"{SAYS[kind].format(*was)} -> {SAYS[kind].format(*now)}"
    if name == "BATON_ABI_MINOR":
        if minor(new) < minor(old):
            yield f"{name} went back from {minor(old)} to {minor(new)}"
    elif kind == "struct" and name in old.header.structs and may_grow(old.header, name):
        if int(now[0]) < int(was[0]) or now[1] != was[1]:
            yield f"struct {name} has shrunk, or is aligned otherwise: {from_what_to_what}"
    else:
        yield f"{kind} {name} has changed: {from_what_to_what}"


def additions(key, old, new):
    kind, name = key
    if minor(new) == minor(old):
        yield f"{kind} {name} is new, and BATON_ABI_MINOR is not"
    if kind == "enum":
        names, value = new.lines[key]
        same = [other for (k, other), line in new.lines.items() if k == kind and line == (names, value)]
        if len(same) > 1:
            yield f"{name} takes a number that is in use: {same}"
    if kind == "member":
        struct = name.split(".")[0]
        if ("struct", struct) in old.lines and int(new.lines[key][0]) < int(old.lines["struct", struct][0]):
            yield f"{name} lies where an older {struct}, of that size, has something else or nothing"
