"""XML parts of an archive, parsed as a stream of elements.

No DTD, therefore no entities: nothing can be expanded or fetched.
"""

from collections.abc import Iterator
from xml.parsers import expat
from zipfile import ZipFile

CHUNK = 1 << 16


class MarkupRefused(Exception):
    """The part declares a DTD; office documents never do."""


class Elements:
    """Told of every element of a part: its local name, and at its end the text since the last tag."""

    def start(self, name: str, attributes: dict[str, str]) -> None:
        """An element begins."""

    def end(self, name: str, text: str) -> None:
        """An element ends."""


def parsed(archive: ZipFile, part: str, elements: Elements) -> Iterator[None]:
    """Parse a part in steps of 64 KB, yielding after each. KeyError: no such part; ExpatError, BadZipFile: damaged."""
    parser = _parser(elements)
    with archive.open(part) as stream:
        while chunk := stream.read(CHUNK):
            parser.Parse(chunk, False)
            yield
    parser.Parse(b"", True)
    yield


def _parser(elements: Elements) -> expat.XMLParserType:
    parser = expat.ParserCreate()
    pieces: list[str] = []
    start, end = elements.start, elements.end

    def start_element(name: str, attributes: dict[str, str]) -> None:
        pieces.clear()
        start(name.rpartition(":")[2], attributes)

    def end_element(name: str) -> None:
        text = "".join(pieces)
        pieces.clear()
        end(name.rpartition(":")[2], text)

    parser.buffer_text = True
    parser.StartElementHandler = start_element
    parser.EndElementHandler = end_element
    parser.CharacterDataHandler = pieces.append
    parser.StartDoctypeDeclHandler = _refuse_declaration
    return parser


def _refuse_declaration(*_declaration: object) -> None:
    raise MarkupRefused
