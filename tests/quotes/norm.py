"""The official word on electronic invoices: the schemas of UBL 2.1 and the business rules of EN 16931."""

from functools import cache
from io import BytesIO
from pathlib import Path
from typing import Any, cast
from zipfile import ZipFile

from lxml import etree
from saxonche import PySaxonProcessor

HERE = Path(__file__).parent / "en16931"
SCH = "{http://purl.oclc.org/dsdl/schematron}"
XSL = "http://www.w3.org/1999/XSL/Transform"
BELOW = "@* | node()"


@cache
def schema(noun: str) -> etree.XMLSchema:
    class Packed(etree.Resolver):
        def resolve(self, url: str, public_id: str, context: Any) -> Any:  # type: ignore[override]
            folder = "maindoc" if "/" not in url and noun in url else "common"
            return self.resolve_file(BytesIO(archive.read(f"{folder}/{Path(url).name}")), context, base_url=url)  # type: ignore[call-arg]

    parser = etree.XMLParser()
    parser.resolvers.add(Packed())
    with ZipFile(HERE / "ubl-2.1.zip") as archive:
        main = archive.read(f"maindoc/UBL-{noun}-2.1.xsd")
        return etree.XMLSchema(etree.parse(BytesIO(main), parser, base_url=f"zip:/maindoc/UBL-{noun}-2.1.xsd"))


def rules_as_stylesheet() -> str:
    """ISO Schematron as XSLT: of a pattern’s rules the first that matches a node is tried, by priorities."""
    rules = etree.parse(str(HERE / "CEN-EN16931-UBL.sch")).getroot()
    prefixes: Any = {ns.get("prefix"): ns.get("uri") for ns in rules.iter(SCH + "ns")}
    sheet = etree.Element(f"{{{XSL}}}stylesheet", {"version": "2.0"}, nsmap={"xsl": XSL, **prefixes})
    sub(sheet, "output", method="text")
    start = sub(sheet, "template", match="/")
    for number, pattern in enumerate(rules.iter(SCH + "pattern")):
        mode = f"pattern-{number}"
        sub(start, "apply-templates", select=BELOW, mode=mode)
        sub(
            sub(sheet, "template", match="@* | node()", mode=mode, priority="-1"),
            "apply-templates",
            select=BELOW,
            mode=mode,
        )
        for place, rule in enumerate(pattern.iter(SCH + "rule")):
            template = sub(sheet, "template", match=rule.get("context"), mode=mode, priority=str(1000 - place))
            for claim in rule.iter(SCH + "assert"):
                failed = sub(template, "if", test=f"not({claim.get('test')})")
                sub(failed, "text").text = " ".join("".join(claim.itertext()).split()) + "\n"
            sub(template, "apply-templates", select=BELOW, mode=mode)
    return etree.tostring(sheet, encoding="unicode")


def sub(parent: Any, name: str, **attributes: str) -> Any:
    return etree.SubElement(parent, f"{{{XSL}}}{name}", attributes)


@cache
def checker() -> Any:
    processor = PySaxonProcessor(license=False)
    return processor, processor.new_xslt30_processor().compile_stylesheet(stylesheet_text=rules_as_stylesheet())


def broken_rules(xml: bytes) -> list[str]:
    """What the schema and the business rules have against it: nothing, for a good one."""
    tree = etree.fromstring(xml)
    noun = etree.QName(tree).localname
    found = schema(noun)
    if not found.validate(tree):
        return [str(error) for error in cast(Any, found.error_log)]
    processor, sheet = checker()
    text = sheet.transform_to_string(xdm_node=processor.parse_xml(xml_text=xml.decode()))
    return [line for line in (text or "").splitlines() if line]
