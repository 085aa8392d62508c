"""The stretch of time that a plot is asked for: what plot and multiplot share."""

import re
from datetime import UTC, datetime, timedelta
from typing import Literal, Self

from pydantic import Field, model_validator

from happyface.contract.kit.by_name import Fault, refuse
from happyface.contract.module import Module
from happyface.contract.source import Source
from happyface.contract.states import Type
from happyface.contract.units import Duration


class TimedConfig(Module.Config):
    """HappyFace 3's settings for plots whose address takes a start and an end."""

    type: Type = Field("plots", description="plots (got it or not), unless you want it rated or unrated")
    use_start_end_time: bool = Field(False, description="whether a start and an end time are added to the address")
    starttime_parameter_name: str = Field("starttime", min_length=1, description="what the address calls the start")
    endtime_parameter_name: str = Field("endtime", min_length=1, description="what the address calls the end")
    timerange_seconds: Duration = Field(259200, gt=0, description="how far back from now the start lies")
    time_format: Literal["epoch", "ms", "iso"] = Field(
        "epoch", description="epoch (seconds since 1970), ms (milliseconds; Grafana), iso (2026-11-22T18:00:00Z)"
    )

    @model_validator(mode="after")
    def _http_where_timed(self) -> Self:
        setting = getattr(self, "plot_url", {})
        sources = setting.items() if isinstance(setting, dict) else [("", setting)]
        wrong = [name for name, source in sources if self.use_start_end_time and source.kind != "http"]
        refuse(
            type(self), [Fault("plot_url", name, "use_start_end_time needs an http or https address") for name in wrong]
        )
        return self

    def timed(self, source: Source, now: datetime) -> Source:
        """The source for the stretch of time that ends now; a start or end in its address gives way to ours."""
        if not self.use_start_end_time:
            return source
        start = now - timedelta(seconds=self.timerange_seconds)
        times = {self.starttime_parameter_name: start, self.endtime_parameter_name: now}
        own = "|".join(map(re.escape, times))
        address = re.sub(rf"(?<=[?&])({own})=[^&#]*&?", "", source.target)
        return source.at(address, params={name: self._format(time) for name, time in times.items()})

    def _format(self, time: datetime) -> str:
        if self.time_format == "iso":
            return time.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
        return str(int(time.timestamp()) * (1000 if self.time_format == "ms" else 1))
