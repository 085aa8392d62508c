"""What the samples of multiplot cannot show."""

from datetime import UTC, datetime
from pathlib import Path

import pytest
from pydantic import ValidationError

from happyface import Fetched
from happyface.modules.multiplot import MultiPlot
from happyface.site.nesting import nested_settings
from servers import PNG

NOW = datetime(2026, 11, 22, 18, tzinfo=UTC)


def module(**settings: str) -> MultiPlot:
    flat = {key.replace("__", "."): value for key, value in settings.items()}
    return MultiPlot("plots", MultiPlot.Config.model_validate(nested_settings(MultiPlot.Config, flat)), NOW)


def test_plots_keep_their_order_and_their_options() -> None:
    found = module(plot_url__z="http://m/z", plot_url__z__timeout="1m", plot_url__a="http://m/a").sources()["plot_url"]
    assert [(name, source.timeout) for name, source in found.items()] == [("z", 60), ("a", None)]


def test_captions_and_files_have_safe_names(tmp_path: Path) -> None:
    image = tmp_path / "x"
    image.write_bytes(PNG)
    names = ["a/../b", "a_.._b"]
    urls = {f"plot_url__{name}": f"http://m/{place}" for place, name in enumerate(names)}
    result = module(**urls).extract({name: Fetched("u", file=image, status=200) for name in names})
    files = [row.image.name for row in result.rows if isinstance(row, MultiPlot.Image) and row.image]
    assert files == ["1_a____b.png", "2_a____b.png"]


def test_settings_that_are_wrong() -> None:
    with pytest.raises(ValidationError, match="did you mean 'load'"):
        module(plot_url__load="http://m/a", caption__laod="Load")
    with pytest.raises(ValidationError, match="plot_url"):
        module()
