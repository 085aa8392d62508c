"""What a reader may see of the site of a run: the one place of the rule.

What is restricted now is restricted in the past, too; and what was restricted then stays so.
"""

from dataclasses import dataclass, replace

from happyface.model.outline import CategoryOutline, InstanceOutline, Outline


@dataclass(frozen=True)
class Reader:
    """Who asks. ``member`` may see what is restricted; nobody else may."""

    name: str = ""
    member: bool = False

    def sees(self, instance: InstanceOutline, category: CategoryOutline | None) -> bool:
        """Whether an instance, with all its data, may be shown to this reader."""
        restricted = instance.access == "restricted" or (category is not None and category.access == "restricted")
        return self.member or not restricted


ANONYMOUS = Reader()


@dataclass(frozen=True)
class Visible:
    """A run's outline without what a reader may not see.

    Attributes:
        hidden: the names of the instances that were left out.
        partial: the categories of which some instances were left out: they are rated by those that are left.
    """

    outline: Outline
    hidden: tuple[str, ...] = ()
    partial: frozenset[str] = frozenset()


class Access:
    """The rule, for a site as it is configured now. What it answered is remembered: every page asks.

    Args:
        current: the outline of the site as it is now.
    """

    def __init__(self, current: Outline | None) -> None:
        self.current = current
        self._known: dict[tuple[int, bool], Visible] = {}

    def visible(self, reader: Reader, outline_id: int, outline: Outline) -> Visible:
        """The outline of that number as a reader may see it."""
        key = (outline_id, reader.member)
        if key not in self._known:
            self._known[key] = self._without_hidden(reader, outline)
        return self._known[key]

    def _without_hidden(self, reader: Reader, outline: Outline) -> Visible:
        hidden = {each.name for each in outline.instances if not self._sees(reader, outline, each)}
        shown = [each for each in outline.categories if reader.member or not self._is_restricted(each)]
        if not hidden and len(shown) == len(outline.categories):
            return Visible(outline)
        instances = tuple(each for each in outline.instances if each.name not in hidden)
        categories = tuple(
            replace(each, instances=tuple(name for name in each.instances if name not in hidden)) for each in shown
        )
        partial = frozenset(outline.instance[name].category for name in hidden) & {each.name for each in categories}
        return Visible(replace(outline, instances=instances, categories=categories), tuple(hidden), partial)

    def _sees(self, reader: Reader, outline: Outline, instance: InstanceOutline) -> bool:
        category = outline.category.get(instance.category)
        if reader.member or not reader.sees(instance, category) or (category and self._is_restricted(category)):
            return reader.member
        now = self.current.instance.get(instance.name) if self.current else None
        return now is None or self.current is None or reader.sees(now, self.current.category.get(now.category))

    def _is_restricted(self, category: CategoryOutline) -> bool:
        now = self.current.category.get(category.name) if self.current else None
        return "restricted" in (category.access, now.access if now else "")
