"""Several images that other monitors draw, side by side."""

import re
from typing import Any, Self

from pydantic import model_validator

from happyface import Above, Fetched, Field, File, Module, Result, Source, SourceError, column
from happyface.kit import TimedConfig, format_name, refuse, strangers


class MultiPlot(Module):
    """Plots of other monitors, side by side; one that is missing does not hide the others.

    Its status is 1.0 when all are there, 0.5 when some are missing (a limit that `limits.missing` can move), and
    -1 when none is.
    """

    class Config(TimedConfig):
        plot_url: dict[str, Source] = Field(
            min_length=1, description="`plot_url.NAME = ADDRESS` of each image, in the order of the page"
        )
        caption: dict[str, str] = Field({}, description="`caption.NAME`: what is written at it; by default NAME itself")

        @model_validator(mode="after")
        def _names(self) -> Self:
            refuse(type(self), strangers(self, ["caption"], "plot_url"))
            return self

    class Data(Module.Data):
        plots: int = column("Plots")
        missing: int = column("Missing plots", limits=Above(warning=1))

    class Image(Module.Row, key="name"):
        """Plots"""

        name: str
        caption: str
        image: File | None
        problem: str

    config: Config

    def sources(self) -> dict[str, Any]:
        timed = self.config.timed
        return {"plot_url": {name: timed(source, self.now) for name, source in self.config.plot_url.items()}}

    def extract(self, plot_url: dict[str, Fetched]) -> Result:
        images = [self._image(place, name, fetched) for place, (name, fetched) in enumerate(plot_url.items(), 1)]
        missing = [image for image in images if image.image is None]
        problems = ", ".join(f"{image.caption}: {image.problem.rstrip('.')}" for image in missing[:3])
        if len(missing) == len(images):
            raise SourceError(f"None of the plots could be got. {problems}")
        return Result(self.Data(plots=len(images), missing=len(missing)), images, sentence=problems)

    def _image(self, place: int, name: str, fetched: Fetched) -> Image:
        caption = self.config.caption.get(name) or format_name(name)
        file = f"{place}_{re.sub(r'[^A-Za-z0-9-]', '_', name)[:60]}"
        try:
            return self.Image(name=name, caption=caption, image=fetched.image(file), problem="")
        except SourceError as error:
            return self.Image(name=name, caption=caption, image=None, problem=str(error))
