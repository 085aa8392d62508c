"""The settings of a site and of its categories: each is declared once, with its help."""

import re
from dataclasses import dataclass
from typing import Annotated, Literal

from pydantic import AfterValidator, BaseModel, ConfigDict, Field

from happyface.contract.units import Duration, Size


class _Section(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True, allow_inf_nan=False)


def _zone_name(value: str) -> str:
    from zoneinfo import ZoneInfo

    try:
        if value:
            ZoneInfo(value)
    except (KeyError, ValueError, OSError) as error:
        raise ValueError(f"'{value}' is not a time zone such as Europe/Berlin") from error
    return value


class HappyFaceSettings(_Section):
    """The site as a whole."""

    categories: list[str] = Field([], description="the categories in their order; empty: all, as the files have them")
    stale_data_threshold_minutes: float = Field(
        60, gt=0, description="so old may the newest run be before the page says that it is stale"
    )
    reload_interval: Duration = Field(300, ge=0, description="how often an open page renews itself; 0: never")
    timezone: Annotated[str, AfterValidator(_zone_name)] = Field(
        "", description="the zone in which times are shown, such as Europe/Berlin; empty: this machine's"
    )


def _database_address(value: str) -> str:
    if not re.match(r"[a-z]\w*(\+\w+)?://|\$\{", value):
        raise ValueError(f"'{value}' is not an address such as sqlite:///data/happyface.db")
    return value


class DatabaseSettings(_Section):
    """Where results are stored."""

    url: Annotated[str, AfterValidator(_database_address)] = Field(
        "sqlite:///data/happyface.db",
        description="an SQLAlchemy address; SQLite's path is relative to the site. "
        "Also postgresql+psycopg://user:password@host/name and mysql+pymysql://…",
    )


class TemplateSettings(_Section):
    """How the page presents itself."""

    web_title: str = Field("HappyFace", description="the site's name, as the page's title")
    logo_img: str = Field("", description="a file in the site's static/ directory, shown beside the title")
    documentation_url: str = Field(
        "", pattern=r"^$|^https?://|^/", description="where shifters find the site's own documentation"
    )


class DownloadSettings(_Section):
    """How sources are fetched."""

    timeout: Duration = Field(20, gt=0, description="how long one source may take")
    deadline: Duration = Field(120, gt=0, description="how long all fetching of a run may take")
    max_size: Size = Field(100e6, gt=0, description="how large one source may be")
    max_age_intervals: float = Field(
        4,
        ge=0,
        description="how many intervals of acquisition old a source that is a file may be (of `acquire --every`, else "
        "of 15 minutes); 0: as old as it likes",
    )
    connections: int = Field(50, ge=1, le=1000, description="how many sources are fetched at a time")
    connections_per_host: int = Field(10, ge=1, le=1000, description="how many at a time from one host")
    retries: int = Field(2, ge=0, le=10, description="how often a source is tried again")


class AcquisitionSettings(_Section):
    """How modules are run."""

    workers: int = Field(0, ge=0, le=64, description="how many workers extract at a time; 0: one for each processor")
    time_limit: Duration = Field(30, gt=0, description="how long one instance may take to extract")
    memory_limit: Size = Field(1e9, ge=100e6, description="how much memory a worker may use")


class PathSettings(_Section):
    """Directories and addresses; directories are relative to the site."""

    happyface_url: str = Field(
        "/", description="the path below which the page is served, such as /happyface; a change needs a restart"
    )
    archive_dir: str = Field("data/archive", description="where archived files are kept")


class AuthSettings(_Section):
    """Who is a member. Until certificates are read, what is restricted is shown to nobody."""

    dn_file: str = Field("", description="a file with the DN of a member on each line; not read by this version")
    auth_script: str = Field("", description="a program that is asked about a DN; not called by this version")


class PlotGeneratorSettings(_Section):
    """The plot generator of HappyFace 3; understood, and without effect in this version."""

    enabled: bool = Field(True, description="whether plots may be asked for")


class UploadSettings(_Section):
    """The upload of HappyFace 3; understood, and without effect in this version."""

    enabled: bool = Field(False, description="whether files may be uploaded")
    directory: str = Field("", description="where they are put")
    htpasswd: str = Field("", description="who may upload")


# Sections of HappyFace 3 without effect are here, too: its configurations are then valid as they are.
SECTIONS: dict[str, type[_Section]] = {
    "happyface": HappyFaceSettings,
    "database": DatabaseSettings,
    "template": TemplateSettings,
    "downloadService": DownloadSettings,
    "acquisition": AcquisitionSettings,
    "paths": PathSettings,
    "auth": AuthSettings,
    "plotgenerator": PlotGeneratorSettings,
    "upload": UploadSettings,
}
"""The sections of ``config/*.cfg``: the one table that code, ``check``, ``init`` and the manual are made from."""


@dataclass(frozen=True)
class SiteSettings:
    """All settings of ``config/*.cfg``."""

    happyface: HappyFaceSettings
    database: DatabaseSettings
    template: TemplateSettings
    downloads: DownloadSettings
    acquisition: AcquisitionSettings
    paths: PathSettings
    auth: AuthSettings


class CategorySettings(_Section):
    """A section of ``config/categories-enabled/*.cfg``."""

    name: str = Field("", description="what the page calls the category; by default its section's name")
    description: str = Field("", description="what it is about, for a shifter")
    type: Literal["rated", "unrated", "plots"] = Field("rated", description="which of its instances count")
    algorithm: str = Field("worst", description="how its status is made: worst, average, best, at_least(N)")
    modules: list[str] = Field([], description="its instances, in order")
    access: Literal["open", "permod", "restricted"] = Field(
        "permod", description="restricted: members only; otherwise as each instance says"
    )
