"""The drawing of the database shows all of it."""

from xml.etree import ElementTree

from happyface.store.drawing import all_tables, draw_schema

SVG = "{http://www.w3.org/2000/svg}"


def test_every_table_and_column_is_on_the_drawing_once() -> None:
    texts = [element.text for element in ElementTree.fromstring(draw_schema()).iter(f"{SVG}text")]
    assert texts == [word for table in all_tables() for word in (table.name, *table.columns.keys())]
    assert {"results", "texts", "values_17", "rows_18"} <= set(texts)


def test_every_relationship_is_an_arrow_to_a_table_at_its_left() -> None:
    paths = [str(element.get("d")) for element in ElementTree.fromstring(draw_schema()).iter(f"{SVG}path")]
    curves = [path for path in paths if "C" in path]
    keys = {(table.name, key.parent.name) for table in all_tables() for key in table.foreign_keys}
    assert len(curves) == len(keys - {("module_columns", "place_id")})
    for curve in curves:
        numbers = [float(number) for part in curve[1:].split("C") for number in part.split()]
        assert numbers[0] > numbers[-2]
