"""What can be plotted of a site."""

from happyface.model.outline import InstanceOutline, Outline
from happyface.model.series import PlotInstance
from happyface.store.series.finding import PLOTTED


def plot_instances(outline: Outline) -> list[PlotInstance]:
    """The instances of an outline with the columns of theirs that are numbers over time, in the site's order."""
    names = [name for category in outline.categories for name in category.instances]
    found = [outline.instance[name] for name in names if name in outline.instance]
    return [_plot_instance(outline, instance) for instance in found]


def _plot_instance(outline: Outline, instance: InstanceOutline) -> PlotInstance:
    module = outline.module.get(instance.module)
    declared = module.tables if module else {}
    plotted = {name: [column for column in table.columns if column.kind in PLOTTED] for name, table in declared.items()}
    return PlotInstance(
        instance.name,
        instance.title,
        instance.category,
        {name: columns for name, columns in plotted.items() if columns},
        {name: [column.name for column in table.columns] for name, table in declared.items() if name},
    )
