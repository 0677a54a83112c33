"""Parsing XML that others made: no entities, no document types from elsewhere, no network, bounded depth."""

from __future__ import annotations

from typing import Any

from qa.errors import ReadError

__all__ = ["local_name", "parse_xml"]


def parse_xml(data: bytes, *, recover: bool = False) -> Any:
    """The root element.

    Args:
        recover: read on after errors, for feeds that are nearly XML.

    Raises:
        ReadError: not XML, or it declares entities.
    """
    from lxml import etree  # type: ignore[import-untyped, unused-ignore]

    parser = etree.XMLParser(
        resolve_entities=False, no_network=True, load_dtd=False, dtd_validation=False, huge_tree=False,
        recover=recover, remove_comments=True, remove_pis=True,
    )  # fmt: skip
    try:
        root = etree.fromstring(data, parser)
    except (etree.LxmlError, ValueError) as error:
        raise ReadError(f"not valid XML: {' '.join(str(error).split())[:100]}", "save it again") from error
    if root is None:
        raise ReadError("not valid XML", "save it again")
    declared = root.getroottree().docinfo.internalDTD
    if declared is not None and any(True for _ in declared.iterentities()):
        raise ReadError("refused: XML that declares entities, which articles never need", "leave it out")
    return root


def local_name(element: Any) -> str:
    """The tag without its namespace; "" for anything that is not an element."""
    tag = element.tag
    return tag.rsplit("}", 1)[-1] if isinstance(tag, str) else ""
