from typing import Any, Literal

from happyface import Above, Bars, Duration, Fetched, Field, Module, Result, Share, Source, SourceError, column

SIDES = {"DESTINATION": "destination", "SOURCE": "source", "TRANSFER": "transfer"}
IN_TIME = "transfer_error[detail_log][$asked - @time_done <= $window and @time_done - $asked <= $window]"


class PhedexErrorLog(Module):
    """Failed transfers by the side at fault, from the error log of the PhEDEx data service."""

    class Config(Module.Config):
        source: Source
        link_direction: Literal["from", "to"] = Field("from", description="whether the links go from us or to us")
        timerange_seconds: Duration = Field(7200, ge=0, description="how far from the request an error may be")
        min_error: int = Field(50, ge=0, description="rated when there are more errors than these")

    class Data(Module.Data):
        total: int = column("Failures", main=True)
        destination: int
        source: int
        transfer: int
        unknown: int
        destination_share: Share | None = column("Failures at destination", limits=Above(warning=0.25, critical=0.5))
        source_share: Share | None = column("Failures at source", limits=Above(warning=1, critical=1))
        transfer_share: Share | None = column("Failures in transfer", limits=Above(warning=1, critical=1))
        unknown_share: Share | None = column("Failures of unknown cause")

    class Node(Module.Row, key="node", charts=[Bars("destination", "source", "transfer", "unknown", stacked=True)]):
        """Nodes"""

        node: str
        destination: int = 0
        source: int = 0
        transfer: int = 0
        unknown: int = 0
        destination_message: str = column(detail=True, default="")
        source_message: str = column(detail=True, default="")
        transfer_message: str = column(detail=True, default="")
        unknown_message: str = column(detail=True, default="")

    def extract(self, source: Fetched) -> Result:
        log: Any = source.xml()
        asked, window = log.xpath("number(/phedex/@request_timestamp)"), self.config.timerange_seconds
        if not asked >= 0:  # not a number compares as false
            raise SourceError(f"{source.url} is no PhEDEx error log with a request_timestamp")
        nodes: dict[str, PhedexErrorLog.Node] = {}
        for file in log.iterfind("link/block/file"):
            name = file.xpath("string(../../@to)" if self.config.link_direction == "from" else "string(../../@from)")
            texts = [error.xpath("string(detail_log)") for error in file.xpath(IN_TIME, asked=asked, window=window)]
            first = {SIDES.get(text.split(" ")[0], "unknown"): text for text in reversed(texts)}
            for side, text in first.items():  # a file counts at most once for each side
                node = nodes.setdefault(name, self.Node(node=name))
                setattr(node, side, getattr(node, side) + 1)
                setattr(node, f"{side}_message", text)
        sums = {side: sum(getattr(node, side) for node in nodes.values()) for side in (*SIDES.values(), "unknown")}
        total, odd = sum(sums.values()), f", {sums['unknown']} of unknown cause" if sums["unknown"] else ""
        shares = {f"{side}_share": count / total if total else None for side, count in sums.items()}
        data, few = self.Data.model_validate({"total": total, **sums, **shares}), total <= self.config.min_error
        return Result(data, nodes.values(), sentence=f"{total} failures{odd}", idle=few)
