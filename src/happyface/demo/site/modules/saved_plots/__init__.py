"""Plots that are worth a look each day, drawn of what HappyFace has stored."""

from pydantic import Field

from happyface import Module, Result, column


class SavedPlots(Module):
    """Plots of a site's own numbers: those that are looked at each day stand on one card."""

    class Config(Module.Config):
        plot: dict[str, str] = Field(description="`plot.NAME = curve_1=…&span=week`: what follows the ? in its address")
        caption: dict[str, str] = Field({}, description="`caption.NAME`: what stands below it; by default NAME")

    class Data(Module.Data):
        plots: int = column("Plots")

    class Plot(Module.Row, key="caption"):
        caption: str
        parameters: str

    def extract(self) -> Result:
        captions = self.config.caption
        plots = [self.Plot(caption=captions.get(name, name), parameters=of) for name, of in self.config.plot.items()]
        return Result(self.Data(plots=len(plots)), plots)
