"""The settings of a site and of its categories: each is declared once, with its help."""

import re
from dataclasses import dataclass
from datetime import timedelta
from ipaddress import ip_address, ip_network
from typing import Annotated, Literal
from urllib.parse import urlsplit

from pydantic import AfterValidator, BaseModel, BeforeValidator, ConfigDict, Field

from happyface.contract.masking import public_address
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


def _minutes(value: object) -> object:
    """HappyFace 3 had minutes: a number without a unit is of these."""
    return f"{value} min" if isinstance(value, str) and re.fullmatch(r"\s*[\d.]+\s*", value) else value


Minutes = Annotated[Duration, BeforeValidator(_minutes)]
"""A setting in seconds, whose numbers without a unit are minutes."""


class HappyFaceSettings(_Section):
    """The site as a whole."""

    categories: list[str] = Field([], description="the categories in their order; empty: all, as the files have them")
    stale_data_threshold_minutes: float = Field(
        60, gt=0, description="so old may the newest run be before the page says that it is stale"
    )
    reload_interval: Minutes = Field(
        300, ge=0, description="how often an open page renews itself; a number without a unit is minutes; 0: never"
    )
    timezone: Annotated[str, AfterValidator(_zone_name)] = Field(
        "", description="the zone in which times are shown, such as Europe/Berlin; empty: this machine's"
    )

    @property
    def stale_after(self) -> timedelta:
        """The age from which on the newest run is stale."""
        return timedelta(minutes=self.stale_data_threshold_minutes)


def _database_address(value: str) -> str:
    if not re.match(r"[a-z]\w*(\+\w+)?://|\$\{", value):
        raise ValueError(f"'{public_address(value)}' is not an address such as sqlite:///data/happyface.db")
    return value


def _page_address(value: str) -> str:
    # Anything else would make links that lead to another host: a second slash, a backslash, another scheme.
    if not re.fullmatch(r"(https?://[\w.:\[\]-]+)?(/[\w.~%-]+)*/?", value, re.ASCII):
        raise ValueError(f"'{public_address(value)}' is neither a path such as /happyface nor an http address")
    return value


def _documentation_address(value: str) -> str:
    if not re.fullmatch(r"|https?://[^\s/\\]\S*|/([^/\\\s]\S*)?", value):
        raise ValueError(f"'{public_address(value)}' is neither an http address nor a path of this server")
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
    documentation_url: Annotated[str, AfterValidator(_documentation_address)] = Field(
        "", description="where shifters find the site's own documentation"
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
    deadline: Duration = Field(
        120, gt=0, description="how long all extracting of a run may take; who had no turn by then is not known"
    )
    memory_limit: Size = Field(1e9, ge=100e6, description="how much memory a worker may use")


class PathSettings(_Section):
    """Directories and addresses; directories are relative to the site."""

    happyface_url: Annotated[str, AfterValidator(_page_address)] = Field(
        "/",
        description="the path below which the page is served, such as /happyface, or its whole public address, such as "
        "https://monitor.example.org/happyface; a change needs a restart",
    )
    archive_dir: str = Field("data/archive", min_length=1, description="where archived files are kept")

    @property
    def root(self) -> str:
        """The path below which the page is served; empty for none."""
        return urlsplit(self.happyface_url).path.rstrip("/")

    @property
    def public_base(self) -> str:
        """Scheme and host of the page's public address; empty where they are not configured."""
        parts = urlsplit(self.happyface_url)
        return f"{parts.scheme}://{parts.netloc}" if parts.netloc else ""


def _network(value: str) -> str:
    try:
        ip_network(value)
    except ValueError as error:
        raise ValueError(f"'{value}' is not an address or a network such as 192.0.2.7 or 192.0.2.0/24") from error
    return value


class ServerSettings(_Section):
    """How the page is served."""

    proxies: list[Annotated[str, AfterValidator(_network)]] = Field(
        [], description="addresses or networks of web servers before HappyFace: what they say of a visitor is believed"
    )

    def is_proxy(self, address: str) -> bool:
        """Whether an address is one of a web server before HappyFace."""
        try:
            found = ip_address(address)
        except ValueError:  # of a socket file, say
            return False
        return any(found in ip_network(network) for network in self.proxies)


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
    "server": ServerSettings,
    "auth": AuthSettings,
    "plotgenerator": PlotGeneratorSettings,
    "upload": UploadSettings,
}
"""The sections of ``config/*.cfg``: the one table that code, ``check``, ``init`` and the manual are made from."""

WITHOUT_EFFECT: dict[str, tuple[str, ...]] = {
    "paths": (
        *("static_dir", "tmp_dir", "hf_template_dir", "module_template_dir", "template_cache_dir"),
        *("template_icons_url", "static_url", "archive_url", "acquire_logging_cfg", "render_logging_cfg"),
        *("local_happyface_cfg_dir", "category_cfg_dir", "module_cfg_dir"),
    ),
    "downloadService": ("global_options",),
    "plotgenerator": ("backend",),
    "upload": ("auth_method", "realm"),
    "global": (),
}
"""Keys that HappyFace 3 had by section, all of a section where none are named: they are taken, told, and not used."""


@dataclass(frozen=True)
class SiteSettings:
    """All settings of ``config/*.cfg``."""

    happyface: HappyFaceSettings
    database: DatabaseSettings
    template: TemplateSettings
    downloads: DownloadSettings
    acquisition: AcquisitionSettings
    paths: PathSettings
    server: ServerSettings
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
