"""An image that another monitor draws."""

from happyface import Fetched, Field, File, Module, Result, Source
from happyface.kit import TimedConfig


class Plot(Module):
    """A plot of another monitor, kept with every run so that the past can be looked at."""

    class Config(TimedConfig):
        plot_url: Source = Field(description="the address of the image")

    class Data(Module.Data):
        image: File

    config: Config

    def sources(self) -> dict[str, Source]:
        return {"plot": self.config.timed(self.config.plot_url, self.now)}

    def extract(self, plot: Fetched) -> Result:
        return Result(self.Data(image=plot.image("plot")))
