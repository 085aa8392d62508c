"""Texts of a configuration as they may be shown to anybody: without passwords."""

import re
from urllib.parse import urlsplit, urlunsplit

_PASSWORD = re.compile(r"//[^\s/@]*:.*@|//\S*@")
_SIGNS = "token|secret|passw|pwd|apikey|api_key|access_key|auth|signature|credential"
# Quantities are bounded, so that no address takes long.
_PARAMETER = re.compile(rf"([?&;][^=&\s?;]{{0,60}}(?:{_SIGNS})[^=&\s?;]{{0,60}}=)(?!\$\{{)[^&\s#]+", re.IGNORECASE)
_OPTION = re.compile(
    rf"((?:^|\s)(?:-u|--?[\w-]{{0,60}}(?:{_SIGNS}|user)[\w-]{{0,60}})[\s=]+)(?!\$\{{)\S+", re.IGNORECASE
)
_SECRET_NAME = re.compile(rf"{_SIGNS}|cookie|(^|[._-])key$", re.IGNORECASE)


def public_text(text: str) -> str:
    """An address or a command without its user and password, and without the values of secret parameters and options.

    What stands before the last ``@`` is left out, for a password may hold one.
    """
    return _OPTION.sub(r"\1…", _PARAMETER.sub(r"\1…", _PASSWORD.sub("//…@", text)))


def public_address(address: str) -> str:
    """An address without its user and password, and without the values of secret parameters."""
    parts = urlsplit(address)
    # An @ in its path is none before which a password stands.
    return _PARAMETER.sub(r"\1…", urlunsplit(parts._replace(netloc=parts.netloc.rpartition("@")[2])))


def is_secret_name(name: str) -> bool:
    """Whether a setting of that name is likely to hold a secret."""
    return bool(_SECRET_NAME.search(name))
