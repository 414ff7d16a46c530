"""Message classes of exporting/perfetto.proto, which is read here so that nothing has to be generated."""

import re
from functools import cache
from pathlib import Path
from typing import Any

PROTO = Path(__file__).with_name("perfetto.proto")
_MESSAGE = re.compile(r"^message (\w+) \{\n(.*?)^\}", re.MULTILINE | re.DOTALL)
_FIELD = re.compile(r"^  (optional|repeated) (\w+) (\w+) = (\d+);$", re.MULTILINE)


@cache
def message_class(name: str) -> Any:
    """Of python3-protobuf, which only this needs: who has it not is told so by the door."""
    from google.protobuf import message_factory
    from google.protobuf.descriptor_pool import DescriptorPool

    text, pool = PROTO.read_text(encoding="utf-8"), DescriptorPool()
    [package] = re.findall(r"^package ([\w.]+);", text, re.MULTILINE)
    pool.Add(_file(text, package))
    return message_factory.MessageFactory(pool).GetPrototype(pool.FindMessageTypeByName(f"{package}.{name}"))


def _file(text: str, package: str) -> Any:
    from google.protobuf.descriptor_pb2 import FieldDescriptorProto, FileDescriptorProto

    file = FileDescriptorProto(name=PROTO.name, package=package, syntax="proto2")
    for name, body in _MESSAGE.findall(text):
        message = file.message_type.add(name=name)
        for label, kind, field, number in _FIELD.findall(body):
            entry = message.field.add(name=field, number=int(number))
            entry.label = getattr(FieldDescriptorProto, f"LABEL_{label.upper()}")
            entry.type = getattr(
                FieldDescriptorProto, f"TYPE_{kind.upper()}", FieldDescriptorProto.TYPE_MESSAGE
            )
            if entry.type == FieldDescriptorProto.TYPE_MESSAGE:
                entry.type_name = f".{package}.{kind}"
    return file
